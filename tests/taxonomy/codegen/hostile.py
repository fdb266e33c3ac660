"""Events whose names are hard on source files, each with properties whose names are too."""

from hedgerow.taxonomy.codegen.described import DescribedEvent, DescribedProperty

NAMES = [
    *(
        'say "hi"',
        "it's",
        "`backticks`",
        "${process.exit(1)}",
        "#{ruby}",
        "{braces}",
        "%s %d",
        "back\\slash",
        "\\",
        '\\"',
    ),
    *(
        "two\nlines",
        "carriage\rreturn",
        "tab\tbed",
        "\u2028 line",
        "\u2029 paragraph",
        "nul-less \x01\x1f\x7f",
        "\ufeffmark",
    ),
    *(
        "*/ alert(1) /*",
        "// comment",
        "/* comment",
        "# comment",
        '"""',
        "'''",
        '""" + exit() + """',
        "<!-- -->",
        "</script>",
    ),
    *("class", "def", "func", "type", "return", "None", "interface", "package", "import", "__proto__", "constructor"),
    *("404", "2fa enabled", "1", "order placed", "order_placed", "Order Placed", "order-placed", "OrderPlaced"),
    *("order placed 2", "🫖", "🫖🫖", "naïve café", "naive cafe", "注文", "\u202eright to left", "e\u0301", "é"),
    *(" ", "  leading and trailing  ", "$pageview", "$", "_", "__private", "self", "str", "list", "datetime", "string"),
    *("time", "posthog", "options", "properties", "distinctID", "nil", "any", "keys", "items", "get", "total", "name"),
    *("with b", "a", "a with b", "EventSchemas", "FreeEvent", "TypedPosthog", "CaptureArguments", "x" * 200),
]
"""Names of events and of properties."""

KNOWN_TYPES = ("String", "Numeric", "Boolean", "DateTime", "Array", "Object")
"""Types that a schema can name."""


def hostile_events(types: tuple[str, ...] = (*KNOWN_TYPES, "Something new")) -> list[DescribedEvent]:
    """Each name as an event: with all the names as required or optional properties, with few, or without a schema."""
    events = [DescribedEvent(name, _schema(name, index, types)) for index, name in enumerate(sorted(NAMES))]
    everything = tuple(DescribedProperty(name, "String", index % 2 == 0) for index, name in enumerate(NAMES))
    return sorted([*events, DescribedEvent("all of them", _in_order(everything))])


def _schema(event: str, index: int, types: tuple[str, ...]) -> tuple[DescribedProperty, ...]:
    """Some names, each of another type; none for every third event, unless it would be left out without a schema."""
    if index % 3 == 0 and not event.startswith("$"):
        return ()
    names = [NAMES[(index * 7 + step * 11) % len(NAMES)] for step in range(7)]
    return _in_order(
        tuple(
            DescribedProperty(name, types[(index + step) % len(types)], step % 3 == 0)
            for step, name in enumerate(dict.fromkeys(names))
        )
    )


def _in_order(properties: tuple[DescribedProperty, ...]) -> tuple[DescribedProperty, ...]:
    return tuple(sorted(properties, key=lambda each: (not each.is_required, each.name)))
