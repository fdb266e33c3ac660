"""What requests say of people: whole bodies, and the operations of PATCH in the forms that identity providers send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from scim2_models import Path, SCIMException
from scim2_models.path import AttrPath, Comparison, FilterNode, ValuePath

from hedgerow.domains.provisioning import LONGEST_FIRST_NAME, LONGEST_LAST_NAME

LONGEST_TEXT = 254
LONGEST_PATH = 1_000
MOST_OPERATIONS = 1_000
CORE = "urn:ietf:params:scim:schemas:core:2.0:"


class BadData(Exception):  # noqa: N818 - what it is, not a fault of ours
    """The body does not say what it should."""


@dataclass(frozen=True)
class Person:
    """What is asked of a person; None: nothing is asked of this."""

    email: str | None = None
    user_name: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    active: bool | None = None


@dataclass(frozen=True)
class Operation:
    """One step of a PATCH: `add`, `replace` or `remove` at `attribute`, perhaps at a `part` of it.

    `chosen` tells which of several values are meant. Names are in lower case; an attribute that is not one of the core
    is an empty text.
    """

    op: str
    attribute: str
    part: str = ""
    chosen: FilterNode | None = None
    value: Any = None


def person_in(body: Any) -> Person:
    """The person that a POST or PUT describes. Raises BadData; without an address, too."""
    fields = fields_of(body)
    email = _address_among(fields.get("emails"))
    if email is None:
        raise BadData
    name = fields_of(fields.get("name") or {})
    active = fields.get("active")
    return Person(
        email=email,
        user_name=text(fields.get("username")) or None,
        external_id=text(fields.get("externalid")),
        first_name=text(name.get("givenname"), LONGEST_FIRST_NAME),
        last_name=text(name.get("familyname"), LONGEST_LAST_NAME),
        active=None if active is None else flag(active),
    )


def changes_in(body: Any) -> Person:
    """What the operations of a PATCH ask of a person. Raises BadData."""
    changes: dict[str, Any] = {}
    for operation in operations_in(body):
        changes.update(_change(operation))
    return Person(**changes)


def operations_in(body: Any) -> Iterator[Operation]:
    """The operations of a PATCH, in order. One without a path becomes one for each key of its value. Raises BadData."""
    operations = fields_of(body).get("operations")
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise BadData
    for each in operations:
        fields = fields_of(each)
        op = str(fields.get("op", "")).lower()
        if op not in ("add", "replace", "remove"):
            raise BadData
        path, value = fields.get("path"), fields.get("value")
        if path:
            yield _operation(op, path, value)
        elif op == "remove" or not isinstance(value, dict):
            raise BadData
        else:
            yield from (_operation(op, key, inner) for key, inner in value.items())


def text(value: Any, longest: int = LONGEST_TEXT) -> str:
    """The text, cut; empty for null. Raises BadData for what is no text."""
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise BadData
    return value.strip()[:longest]


def flag(value: Any) -> bool:
    """A boolean, also where it is written as `"True"`. Raises BadData."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise BadData
    return value


def fields_of(value: Any) -> dict[str, Any]:
    """An object by its keys in lower case: SCIM does not tell apart how names are written. Raises BadData."""
    if not isinstance(value, dict):
        raise BadData
    return {key.lower().removeprefix(f"{CORE}user:".lower()): each for key, each in value.items()}


def _operation(op: str, path: Any, value: Any) -> Operation:
    if not isinstance(path, str) or len(path) > LONGEST_PATH:
        raise BadData
    if path.lower() == "schemas" or _is_of_extension(path):
        return Operation(op, "")
    try:
        node = Path[Any](path).ast
    except SCIMException as error:
        raise BadData from error
    if isinstance(node, ValuePath):
        return Operation(op, node.attr_path.attr.lower(), (node.sub_attr or "").lower(), node.val_filter, value)
    if not isinstance(node, AttrPath):
        raise BadData
    return Operation(op, node.attr.lower(), (node.sub_attr or "").lower(), None, value)


def _is_of_extension(path: str) -> bool:
    return path.lower().startswith("urn:") and not path.lower().startswith(CORE)


def _change(operation: Operation) -> dict[str, Any]:
    """What one operation changes; nothing where it is about an attribute that is not kept."""
    removes = operation.op == "remove"
    match operation.attribute:
        case "active":
            return {"active": False if removes else flag(operation.value)}
        case "username":
            if removes or not text(operation.value):
                raise BadData
            return {"user_name": text(operation.value)}
        case "externalid":
            return {"external_id": "" if removes else text(operation.value)}
        case "name":
            return _name_change(operation.part, None if removes else operation.value)
        case "emails":
            if removes:
                raise BadData
            return _address_change(operation)
    return {}


_NAMES = {"givenname": ("first_name", LONGEST_FIRST_NAME), "familyname": ("last_name", LONGEST_LAST_NAME)}


def _name_change(part: str, value: Any) -> dict[str, Any]:
    if part:
        given: dict[str, Any] = {part: value}
    elif value is None:
        given = dict.fromkeys(_NAMES)
    else:
        given = fields_of(value)
    return {_NAMES[key][0]: text(each, _NAMES[key][1]) for key, each in given.items() if key in _NAMES}


def _address_change(operation: Operation) -> dict[str, Any]:
    """The new address. That of another type than `work` is not kept."""
    chosen = operation.chosen
    if isinstance(chosen, Comparison) and chosen.attr_path.attr.lower() == "type" and chosen.value != "work":
        return {}
    if operation.part not in ("", "value"):
        return {}
    value = operation.value
    email = _checked_address(value) if isinstance(value, str) else _address_among(value)
    if email is None:
        raise BadData
    return {"email": email}


def _address_among(emails: Any) -> str | None:
    """The primary one of the addresses, else the first. Raises BadData for what is none."""
    given = [emails] if isinstance(emails, dict) else emails or []
    if not isinstance(given, list):
        raise BadData
    addresses = [{"value": each} if isinstance(each, str) else fields_of(each) for each in given]
    primary: Iterable[dict[str, Any]] = (each for each in addresses if each.get("primary") in (True, "true", "True"))
    found = next(iter(primary), addresses[0] if addresses else {}).get("value")
    return None if found is None else _checked_address(found)


def _checked_address(value: Any) -> str:
    """An e-mail address. Letters of other scripts are refused: databases and people take some of them for others."""
    address = value.strip() if isinstance(value, str) else ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadData from error
    if not address.isascii() or len(address) > LONGEST_TEXT:
        raise BadData
    return address
