"""A Go file of constructors of posthog-go's `Capture`."""

from typing import Final

from hedgerow.taxonomy.codegen.described import DescribedEvent, DescribedProperty
from hedgerow.taxonomy.codegen.header import header
from hedgerow.taxonomy.codegen.naming import Identifiers, camel_case, pascal_case, quoted

VERSION: Final = "1.0.0"
"""Of what this module writes."""

_TYPES: Final = {
    "String": "string",
    "Numeric": "float64",
    "Boolean": "bool",
    "DateTime": "time.Time",
    "Array": "[]interface{}",
    "Object": "map[string]interface{}",
}
# Keywords, and what the constructors name beside their arguments.
_RESERVED: Final = frozenset(
    {
        *("break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go"),
        *("goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct", "switch"),
        *("type", "var", "distinctID", "options", "option", "properties", "posthog", "time"),
    }
)

_USAGE: Final = """\
//
// Package events makes the events of the project, each with its required properties as arguments:
//
//	client.Enqueue(events.OrderPlaced("ada", 42.5, events.OrderPlacedWithCurrency("EUR")))
//
// Further properties, groups or a time can be set in what a constructor returns.
package events
"""


def source(events: list[DescribedEvent]) -> str:
    """The text of the file."""
    about, version = header(VERSION, events)
    lines = [f"// {about}", "", f"// {version}", _USAGE]
    if events:
        lines += _imports(events)
    names = Identifiers()
    constructors = [names.give(_exported(event.name, "Event")) for event in events]
    for event, constructor in zip(events, constructors, strict=True):
        if not event.properties:
            lines += _free_constructor(event, constructor)
        elif event.optional:
            option = names.give(f"{constructor}Option")
            lines += _constructor(event, constructor, option)
            lines += _options(event, constructor, option, names)
        else:
            lines += _constructor(event, constructor, None)
    return "\n".join(lines).rstrip() + "\n"


def _imports(events: list[DescribedEvent]) -> list[str]:
    """Go refuses a file that imports what it does not use."""
    has_time = any(each.type == "DateTime" for event in events for each in event.properties)
    return ["import (", *(['\t"time"', ""] if has_time else []), '\t"github.com/posthog/posthog-go"', ")", ""]


def _free_constructor(event: DescribedEvent, constructor: str) -> list[str]:
    return [
        f"// {constructor} makes the event {_mentioned(event.name)}, which takes any properties; they may be nil.",
        f"func {constructor}(distinctID string, properties posthog.Properties) posthog.Capture {{",
        f"\treturn {_capture(event, 'posthog.NewProperties().Merge(properties)')}",
        "}",
        "",
    ]


def _constructor(event: DescribedEvent, constructor: str, option: str | None) -> list[str]:
    names = Identifiers(_RESERVED)
    arguments = [(names.give(_argument(each.name)), each) for each in event.required]
    parameters = ["distinctID string", *(f"{argument} {_type(each)}" for argument, each in arguments)]
    lines = [f"// {constructor} makes the event {_mentioned(event.name)}."]
    if option:
        parameters.append(f"options ...{option}")
    lines += [
        f"func {constructor}({', '.join(parameters)}) posthog.Capture {{",
        "\tproperties := posthog.NewProperties()",
        *(f"\tproperties.Set({quoted(each.name)}, {argument})" for argument, each in arguments),
    ]
    if option:
        lines += ["\tfor _, option := range options {", "\t\toption(properties)", "\t}"]
    return [*lines, f"\treturn {_capture(event, 'properties')}", "}", ""]


def _options(event: DescribedEvent, constructor: str, option: str, names: Identifiers) -> list[str]:
    lines = [
        f"// {option} sets an optional property of {constructor}.",
        f"type {option} func(properties posthog.Properties)",
        "",
    ]
    for each in event.optional:
        function = names.give(f"{constructor}With{pascal_case(each.name) or 'Property'}")
        lines += [
            f"// {function} sets the property {_mentioned(each.name)}.",
            f"func {function}(value {_type(each)}) {option} {{",
            "\treturn func(properties posthog.Properties) {",
            f"\t\tproperties.Set({quoted(each.name)}, value)",
            "\t}",
            "}",
            "",
        ]
    return lines


def _capture(event: DescribedEvent, properties: str) -> str:
    return f"posthog.Capture{{DistinctId: distinctID, Event: {quoted(event.name)}, Properties: {properties}}}"


def _mentioned(name: str) -> str:
    """The name for a comment, in which gofmt would make typographic marks of doubled quotes."""
    return quoted(name).replace("''", r"\u0027\u0027").replace("``", r"\u0060\u0060")


def _type(described: DescribedProperty) -> str:
    return _TYPES.get(described.type, "interface{}")


def _exported(name: str, otherwise: str) -> str:
    """A name that begins with a capital letter: `otherwise` stands before a digit, and where there is nothing."""
    words = pascal_case(name)
    return words if words and words[0].isalpha() else f"{otherwise}{words}"


def _argument(name: str) -> str:
    wanted = camel_case(name) or "property"
    if wanted[0].isdigit():
        return f"property{wanted}"
    return f"{wanted}Value" if wanted in _RESERVED else wanted
