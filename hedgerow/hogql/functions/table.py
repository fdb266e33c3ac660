"""How functions are written down.

One line each: the name, `:` and ClickHouse's name where it is another one, how many arguments (`1`, `1-3`, `2+`), the
type of the result, and what arguments must be.

Arguments: `any`, `number` (text of properties is converted), `time` (text is read as a point in time in the project's
time zone), `seconds` (the same, cut to seconds), `text`, `bool`. These are left as they are and named for who reads the
list: `unit` (of time, as text), `interval`, `array`, `map`, `tuple`, `json` (as text), `lambda`, `lambda|array` (a
lambda before the arrays, or none). Several are for the first, second … argument and the last one for the rest.

Results: a type's name, `same` as the first argument, `second`, `last`, `item` of the first argument's elements, `list`
of the first argument's type; with `?` it can be NULL whatever the arguments are; with `!` it never is.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is called."""

    name: str
    clickhouse: str
    least: int
    most: int | None
    result: str
    arguments: tuple[str, ...]

    def argument(self, index: int) -> str:
        """What the argument at this position (from 0) must be."""
        return self.arguments[min(index, len(self.arguments) - 1)]


def table(text: str) -> Mapping[str, Function]:
    """The functions of a text with a line each."""
    functions = {}
    for line in text.strip().splitlines():
        names, count, result, *arguments = line.split()
        name, _, clickhouse = names.partition(":")
        least, _, most = count.partition("-")
        functions[name] = Function(
            name,
            clickhouse or name,
            int(least.rstrip("+")),
            None if count.endswith("+") else int(most or least),
            result,
            tuple(arguments) or ("any",),
        )
    return functions
