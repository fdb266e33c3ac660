"""What people read of a function, made from the tables; run as a program it prints the page of all functions."""

import sys
from collections.abc import Iterator, Mapping

from hedgerow.hogql.functions import (
    COMBINATORS,
    PARAMETRIC,
    addresses,
    aggregates,
    containers,
    general,
    json_values,
    mathematics,
    ruled,
    texts,
    times,
    windows,
)
from hedgerow.hogql.functions.table import Function

FAMILIES: Mapping[str, tuple[str, Mapping[str, Function]]] = {
    "Aggregates": ("aggregate", aggregates.FUNCTIONS),
    "Window functions": ("window", windows.FUNCTIONS),
    "Choices, NULL, conversions": ("plain", general.FUNCTIONS),
    "Conversions, time and operators with rules of their own": ("plain", ruled.FUNCTIONS),
    "Time": ("plain", times.FUNCTIONS),
    "Text": ("plain", texts.FUNCTIONS),
    "Addresses": ("plain", addresses.FUNCTIONS),
    "JSON": ("plain", json_values.FUNCTIONS),
    "Arrays, tuples, maps": ("plain", containers.FUNCTIONS),
    "Numbers": ("plain", mathematics.FUNCTIONS),
}

_WORDS = {"any": "value", "bool": "condition", "lambda|array": "[lambda,] array", "seconds": "time"}
_RESULTS = {
    "same": "as the first argument",
    "second": "as the values chosen from",
    "last": "as the last argument",
    "item": "an element of the array",
    "list": "Array of the argument",
    "Strings": "Array(String)",
    "Integers": "Array(Int64)",
    "Floats": "Array(Float64)",
    "Integer": "Int64",
    "Float": "Float64",
    "Boolean": "Bool",
    "Unknown": "depends on the arguments",
}


def signature(function: Function) -> str:
    """How it is called: `substring(text, number[, number])`; `…` stands for any number of further arguments."""
    words = [_word(function, index) for index in range(function.least)]
    text = ", ".join(words)
    if function.most is None:
        last = _word(function, function.least)
        text = f"{text}, …" if text else f"{last}, …"
    else:
        for index in range(function.least, function.most):
            text += f"[{', ' if text else ''}{_word(function, index)}]"
    parameters = "(parameters)" if function.name in PARAMETRIC else ""
    return f"{function.name}{parameters}({text})"


def gives(function: Function) -> str:
    """The type of its result, in words where it depends on the arguments."""
    rule = function.result.rstrip("?!")
    text = _RESULTS.get(rule, rule)
    return f"{text}, or NULL" if function.result.endswith("?") else text


def documentation(function: Function, kind: str) -> str:
    """What an editor shows beside it."""
    lines = [f"Gives {gives(function)}."]
    if kind == "aggregate":
        lines.append(f"Aggregates; may end in {', '.join(sorted(COMBINATORS))}.")
    if kind == "window":
        lines.append("Stands before OVER.")
    if function.clickhouse != function.name:
        lines.append(f"Another name of {function.clickhouse}.")
    return " ".join(lines)


def listed() -> Iterator[tuple[str, Function]]:
    """Every function people may call, with its kind: `aggregate`, `window` or `plain`."""
    for kind, functions in FAMILIES.values():
        for function in functions.values():
            if not function.name.startswith("_"):
                yield kind, function


def page() -> str:
    """The page `docs/hogql-functions.md`."""
    parts = [_INTRODUCTION]
    for title, (kind, functions) in FAMILIES.items():
        parts += [f"## {title}", "", "| call | gives | |", "|---|---|---|"]
        for name in sorted(functions, key=str.lower):
            function = functions[name]
            if name.startswith("_"):
                continue
            notes = [] if function.clickhouse == name else [f"another name of `{function.clickhouse}`"]
            if kind != "plain":
                notes.insert(0, kind)
            parts.append(f"| `{_in_table(signature(function))}` | {gives(function)} | {', '.join(notes)} |")
        parts.append("")
    return "\n".join(parts)


def _word(function: Function, index: int) -> str:
    word = function.argument(index)
    if index and word == "lambda|array":
        return "array"
    return _WORDS.get(word, word)


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


_INTRODUCTION = f"""# Functions of HogQL

Printed from the tables in `hedgerow/hogql/functions/` by `make docs`. A name that is not here is refused.

Names are written as they stand here; those every SQL has (`COUNT`, `COALESCE`, `LOWER` …) may be written in any case.
Text of a property becomes a number where a function takes numbers, and a point in time, in the project's time zone,
where it takes time; what cannot be converted is NULL. Integers are of 64 bits whatever the name of a conversion says.

The name of an aggregate may end in {", ".join(f"`{name}`" for name in sorted(COMBINATORS))}:
`sumIf(value, condition)` sums where the condition holds, `avgOrNull` is NULL instead of NaN for no rows. An aggregate
with parameters takes them in brackets of their own: `quantile(0.9)(properties.price)`. Every aggregate may stand
before `OVER`. `person_id IN COHORT 'name'` asks for the members of a cohort.

Not available, and refused with the reason: `convertCurrency`, `recording_button`, `uniqueSurveySubmissionsFilter`.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
