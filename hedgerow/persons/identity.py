"""Which uuid a person gets, and which ids cannot stand for one human."""

import uuid
from typing import Final

import msgspec
from uuid_utils.compat import uuid5

NAMESPACE: Final = uuid.UUID("932979b4-65c3-4424-8467-0b66ec27bc22")

LONGEST_MERGE_ID: Final = 400
LONGEST_DISTINCT_ID: Final = 200
"""Events carry no longer distinct id: capture cuts it. In characters, as `LONGEST_MERGE_ID`."""

_WORDS = "anonymous guest distinctid distinct_id id not_authenticated email undefined true false"
_ILLEGAL_ANY_CASE = frozenset(_WORDS.split())
_ILLEGAL_EXACT = frozenset(["[object Object]", "NaN", "None", "none", "null", "0"])


def default_person_uuid(team_id: int, distinct_id: str) -> uuid.UUID:
    """The uuid of the person whose first distinct id this is, and of its events as long as there is no such person."""
    return uuid5(NAMESPACE, f"{team_id}:{distinct_id}")


def split_person_uuid(team_id: int, distinct_id: str, number: int = 1) -> uuid.UUID:
    """The uuid of a person made by a distinct id whose default uuid another person has; the next one where that is
    taken, too."""
    return uuid5(NAMESPACE, f"{team_id}:{distinct_id}:split" + (f":{number}" if number > 1 else ""))


def default_person_uuid_sql(team_id: str, distinct_id: str) -> str:
    """The engine's expression for `default_person_uuid`, given the expressions of the project's id and distinct id."""
    # A version 5 uuid: the first 16 bytes of SHA-1 over namespace and name, with the version and variant bits set.
    digest = f"SHA1(concat(unhex('{NAMESPACE.hex}'), toString({team_id}), ':', {distinct_id}))"
    return (
        f"arrayMap(h -> toUUID(concat(substring(h, 1, 8), '-', substring(h, 9, 4), '-5', substring(h, 14, 3), '-',"
        f" substring('89ab', bitAnd(reinterpretAsUInt8(unhex(substring(h, 17, 2))), 48) / 16 + 1, 1),"
        f" substring(h, 18, 3), '-', substring(h, 21, 12))), [lower(hex({digest}))])[1]"
    )


def is_illegal_merge_id(distinct_id: str) -> bool:
    """Whether an id names nobody in particular (or cannot be one), so that merging by it would mix up people."""
    if len(distinct_id) > LONGEST_MERGE_ID or "\0" in distinct_id:
        return True
    bare = distinct_id.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        bare = bare[1:-1].strip()
    return not bare or bare.lower() in _ILLEGAL_ANY_CASE or bare in _ILLEGAL_EXACT


def merge_id(value: object) -> str:
    """The distinct id a merge event names, from any JSON value: other values than strings as compact JSON text."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="sorted").decode()
