"""Loads the `hogql-parser` extension by itself.

The extension looks up `posthog.hogql.errors` while it is loaded and keeps what it found. It gets a module of our own
for that moment; whatever `posthog` package may be installed is neither needed nor disturbed.
"""

import sys
from collections.abc import Callable
from types import ModuleType

TEMPLATE_START = "F'"
"""What the extension wants before the text of a template; it counts in the places of nodes and errors."""


class ParserError(Exception):
    """What the extension raises instead of returning, for a stray curly bracket for example."""


def load_parsers() -> dict[str, Callable[..., str]]:
    """The extension's functions by what they parse: `select`, `expr`, `program` and `template`."""
    names = ("posthog", "posthog.hogql", "posthog.hogql.errors")
    before = {name: sys.modules.get(name) for name in names}
    for name in names:
        sys.modules[name] = ModuleType(name)
    errors = sys.modules["posthog.hogql.errors"]
    for error in ("BaseHogQLError", "ExposedHogQLError", "SyntaxError", "NotImplementedError", "ParsingError"):
        setattr(errors, error, ParserError)
    try:
        import hogql_parser
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return {
        "select": hogql_parser.parse_select_json,
        "expr": hogql_parser.parse_expr_json,
        "program": hogql_parser.parse_program_json,
        "template": lambda text: hogql_parser.parse_full_template_string_json(TEMPLATE_START + text),
    }
