"""Which type a property has, judged by its name and some of its values."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

STRING: Final = "String"
NUMERIC: Final = "Numeric"
BOOLEAN: Final = "Boolean"
DATETIME: Final = "DateTime"

_ALWAYS_TEXT = ("utm_", "$feature/", "$survey_response", "$initial_utm_")
_TIME_WORDS = frozenset(["time", "timestamp", "date", "datetime", "at"])
# Texts of digits under such names are labels: 007 is not 7, and version 1.10 is not 1.1.
_LABEL_WORDS = frozenset(
    ["id", "ids", "uuid", "guid", "zip", "zipcode", "postal", "postcode", "phone", "version", "code"]
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?([eE][+-]?\d{1,2})?")
_UNIX_TIME = re.compile(r"\d{10}|\d{13}")
_ISO_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?", re.ASCII
)


def infer_property_type(name: str, values: Iterable[object]) -> str | None:
    """The type that all the values (decoded JSON) have in common; text if they differ, None without any but null."""
    if name.startswith(_ALWAYS_TEXT):
        return STRING
    words = {word.lower() for word in _WORD.findall(name)}
    types = {_value_type(words, value) for value in values if value is not None}
    if not types:
        return None
    return types.pop() if len(types) == 1 else STRING


def _value_type(words: set[str], value: object) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return DATETIME if words & _TIME_WORDS and _is_unix_time(value) else NUMERIC
    if not isinstance(value, str):
        return STRING
    text = value.strip()
    if text in ("true", "false"):
        return BOOLEAN
    if _is_iso_time(text) or (words & _TIME_WORDS and _UNIX_TIME.fullmatch(text)):
        return DATETIME
    if _NUMBER.fullmatch(text) and not words & _LABEL_WORDS:
        return NUMERIC
    return STRING


def _is_unix_time(number: float) -> bool:
    """Whether it can be seconds or milliseconds since 1970: 10 or 13 digits."""
    return number == int(number) and _UNIX_TIME.fullmatch(str(int(number))) is not None


def _is_iso_time(text: str) -> bool:
    if not _ISO_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:10])
    except ValueError:
        return False
    return True
