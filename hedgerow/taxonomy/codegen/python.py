"""A Python module that extends the client of the `posthog` package."""

import keyword
import re
from typing import Final

from hedgerow.taxonomy.codegen.described import DescribedEvent, DescribedProperty
from hedgerow.taxonomy.codegen.header import header
from hedgerow.taxonomy.codegen.naming import LONGEST, Identifiers, pascal_case, quoted, snake_case

VERSION: Final = "1.0.0"
"""Of what this module writes."""

_TYPES: Final = {
    "String": "str",
    "Numeric": "float",
    "Boolean": "bool",
    "DateTime": "datetime",
    "Array": "list[Any]",
    "Object": "Dict[str, Any]",
}
# Keywords, and the types that annotations in the same class body name.
_RESERVED: Final = frozenset(
    {*keyword.kwlist, *("str", "float", "bool", "datetime", "list", "Dict", "Any", "NotRequired")}
)
# Two leading underscores would make a name private to its class.
_SAFE: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9_]*")

_IMPORTS: Final = '''\

    client = TypedPosthog("<project API key>", host="<address>")
    client.capture("order placed", distinct_id="ada", properties={"total": 42.5})  # checked
    client.capture_raw(name, distinct_id="ada", properties=properties)             # not checked

Properties whose names cannot be written as identifiers are named differently here; they are sent by their exact names.
Events and properties that are not defined can be sent with `capture_raw`.
"""

from datetime import datetime
from typing import Any, Dict, Final, Literal, Mapping, Optional, Union, overload
from uuid import UUID

from posthog import Posthog
from posthog.args import ID_TYPES, OptionalCaptureArgs
from posthog.types import SendFeatureFlagsOptions
from typing_extensions import NotRequired, TypedDict, Unpack


class CaptureArguments(TypedDict, total=False):
    """What an event can be captured with beside its properties."""

    distinct_id: Optional[ID_TYPES]
    timestamp: Optional[Union[datetime, str]]
    uuid: Optional[Union[str, UUID]]
    groups: Optional[Dict[str, str]]
    flags: Any
    send_feature_flags: Optional[Union[bool, SendFeatureFlagsOptions]]
    disable_geoip: Optional[bool]
'''

_CLIENT: Final = '''\


def _exactly_named(event: str, properties: Optional[Mapping[str, object]]) -> Dict[str, Any]:
    exact_names = EXACT_NAMES.get(event, {})
    return {exact_names.get(name, name): value for name, value in (properties or {}).items()}


class TypedPosthog(Posthog):
    """The client of the posthog package with checked events."""

    def capture_raw(self, event: str, **kwargs: Unpack[OptionalCaptureArgs]) -> Optional[str]:
        """Send any event with any properties."""
        sent: Optional[str] = super().capture(event, **kwargs)
        return sent
'''

# The SDK's method takes any name, which a type checker may or may not see through the SDK's decorators.
_TAKES_FEWER: Final = "  # type: ignore[override, unused-ignore]"
_CAPTURE: Final = """\
        sent: Optional[str] = super().capture(event, properties=_exactly_named(event, properties), **kwargs)
        return sent
"""


def source(events: list[DescribedEvent]) -> str:
    """The text of the file."""
    lines = ['"""' + "\n".join(header(VERSION, events)), _IMPORTS]
    types, arguments, exact_names = Identifiers(joint="_"), [], []
    for event in events:
        if event.properties:
            type_name = types.give(f"{_type_name(event)}Properties")
            identifiers = property_identifiers([each.name for each in event.properties])
            lines += ["", f"class {type_name}(TypedDict):"]
            lines += [f"    {identifiers[each.name]}: {_annotation(each)}" for each in event.properties]
            lines.append("")
            arguments.append(_arguments(event, type_name))
            exact_names += _renamed(event.name, identifiers)
    if free := [event.name for event in events if not event.properties]:
        lines += ["", "FreeEvent = Literal[", *(f"    {quoted(name)}," for name in free), "]"]
        lines += ['"""Events that take any properties."""', ""]
        arguments.append(("FreeEvent", "Optional[Dict[str, Any]] = None"))
    lines += ["", "EXACT_NAMES: Final[Dict[str, Dict[str, str]]] = {", *exact_names, "}"]
    lines.append('"""By event: the names of properties as they are sent, by those that are used here."""')
    return "\n".join([*lines, _CLIENT, *_captures(arguments)])


def property_identifiers(names: list[str]) -> dict[str, str]:
    """By the name of each property of an event: the identifier for it.

    A name that can be one is left alone, so that no identifier is ever the exact name of another property. Keywords get
    a `_`, a leading digit gets `prop_` before it, and of equal ones the second gets `_2`.
    """
    safe = {name: name for name in names if _SAFE.fullmatch(name) and name not in _RESERVED and len(name) <= LONGEST}
    identifiers = Identifiers(safe, joint="_")
    return safe | {name: identifiers.give(_property_name(name)) for name in names if name not in safe}


def _property_name(name: str) -> str:
    wanted = snake_case(name) or "prop"
    if wanted[0].isdigit():
        return f"prop_{wanted}"
    return f"{wanted}_" if wanted in _RESERVED else wanted


def _type_name(event: DescribedEvent) -> str:
    name = pascal_case(event.name)
    return name if name and name[0].isalpha() else f"Event{name}"


def _annotation(described: DescribedProperty) -> str:
    type_name = _TYPES.get(described.type, "Any")
    return type_name if described.is_required else f"NotRequired[{type_name}]"


def _renamed(event: str, identifiers: dict[str, str]) -> list[str]:
    renamed = [
        f"        {quoted(identifier)}: {quoted(name)},"
        for name, identifier in identifiers.items()
        if identifier != name
    ]
    return [f"    {quoted(event)}: {{", *renamed, "    },"] if renamed else []


def _captures(arguments: list[tuple[str, str]]) -> list[str]:
    """The method `capture`, of which each kind of event is an overload.

    A single one cannot be an overload, and where there is no event at all the method is left to the SDK.
    """
    if len(arguments) == 1:
        return [*_signature(*arguments[0], _TAKES_FEWER), _CAPTURE]
    if not arguments:
        return []
    lines = []
    for index, (event, properties) in enumerate(arguments):
        lines.append(f"    @overload{'' if index else _TAKES_FEWER}")
        first, second, last = _signature(event, properties)
        lines += [first, second, f"{last} ...", ""]
    return [
        *lines,
        "    def capture(self, event: str, *, properties: Any = None, **kwargs: Any) -> Optional[str]:",
        _CAPTURE,
    ]


def _signature(event: str, properties: str, remark: str = "") -> list[str]:
    return [
        f"    def capture({remark}",
        f"        self, event: {event}, *, properties: {properties}, **kwargs: Unpack[CaptureArguments]",
        "    ) -> Optional[str]:",
    ]


def _arguments(event: DescribedEvent, type_name: str) -> tuple[str, str]:
    return f"Literal[{quoted(event.name)}]", type_name if event.required else f"Optional[{type_name}] = None"
