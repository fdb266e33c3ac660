"""JSON as senders write it, made into JSON that every later reader takes.

`NaN` and the infinities become null, lone surrogates and, unless it is to be kept, NUL become U+FFFD, raw control
characters in strings are escaped, a byte order mark is skipped.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

REPLACEMENT = "\ufffd"
_LONGEST_EXACT_INTEGER = 19
"""Digits; longer integers become floats, as in JavaScript."""


def mend(text: bytes, *, keep_nul: bool = False) -> bytes:
    """The same document as strict JSON on one line. Raises `ValueError` when it is no JSON or nested too deeply."""
    try:
        document = json.loads(
            text.decode("utf-8-sig"),
            strict=False,
            parse_constant=lambda name: None,
            parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_EXACT_INTEGER else float(digits),
        )
        return msgspec.json.encode(_clean(document, without_lone_surrogates if keep_nul else clean_text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def clean_text(text: str) -> str:
    """The text without NUL and lone surrogates."""
    return without_lone_surrogates(text.replace("\0", REPLACEMENT) if "\0" in text else text)


def without_lone_surrogates(text: str) -> str:
    """The text with U+FFFD for each of them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _clean(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _clean(item, clean) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, clean) for item in value]
    return value
