"""Conditions on the clicked element of an autocaptured event and the elements around it.

`elements_chain` holds the elements from the clicked one outwards, separated by `;`, each written as
`tag.class1.class2:attr__id="x"href="/y"nth-child="1"nth-of-type="1"text="z"`, classes and attributes in alphabetical
order.
"""

from __future__ import annotations

import re
from typing import Any

from hedgerow.hogql import ast
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import POSITIVE_OF, TRUE, Clock, Operand, Operator, condition, disjunction, negation

_CHAIN = ast.Field(["elements_chain"])
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ATTRIBUTES = rf'(?:[^=;"]+={_QUOTED})*'
_BEFORE = rf'(?:(?:[^"]|{_QUOTED})*;)?'
"""Whole elements: a `;` between quotes ends none."""
_REST_OF_HEAD = r'(?:[.:][^";]*)?'

_SELECTOR_PART = re.compile(
    r"""(?P<tag>[a-zA-Z][\w-]*|\*)?
        (?P<conditions>(?:\.[\w-]+|\#[\w-]+|\[[\w-]+=(?:"[^"]*"|'[^']*'|[^\]"']*)\]|:nth-(?:child|of-type)\(\d+\))*)""",
    re.VERBOSE,
)
_SELECTOR_CONDITION = re.compile(
    r"""\.(?P<class>[\w-]+)|\#(?P<id>[\w-]+)
        |\[(?P<name>[\w-]+)=(?P<value>"[^"]*"|'[^']*'|[^\]"']*)\]|:(?P<nth>nth-(?:child|of-type))\((?P<number>\d+)\)""",
    re.VERBOSE,
)


def element_condition(key: str, operator: Operator, value: Any, clock: Clock) -> ast.Expr:
    """A filter on the elements: `key` is `tag_name`, `selector`, `text` or `href`.

    `tag_name` and `selector` know only `exact` and `is_not`. Raises InsightError for other keys and operators, and for
    a selector that cannot be read.
    """
    if key == "text":
        return _text_condition(operator, value, clock)
    if key == "href":
        return condition(_text_operand(ast.Field(["elements_chain_href"])), operator, value, clock)
    if key not in ("tag_name", "selector"):
        raise InsightError(f"Elements have no '{key}': filter by tag_name, selector, text or href.")
    if operator not in ("exact", "is_not"):
        raise InsightError(f"The '{key}' of an element can only be filtered with exact and is_not.")
    pattern_of = tag_pattern if key == "tag_name" else selector_pattern
    wanted = [str(item) for item in (value if isinstance(value, list) else [value])]
    matches = disjunction([_chain_matches(pattern_of(item)) for item in wanted])
    return negation(matches) if operator == "is_not" else matches


def tag_pattern(tag: str) -> str:
    """A regular expression that finds an element with this tag in a chain."""
    return rf"^{_BEFORE}{re.escape(tag)}(?:[.:;]|$)"


def selector_pattern(selector: str) -> str:
    """A regular expression that finds in a chain what a CSS selector names.

    Known are tags, `.class`, `#id`, `[attr="v"]`, `:nth-child(n)`, `:nth-of-type(n)`, the descendant (space) and the
    child (`>`). Raises InsightError for anything else.
    """
    parts = re.findall(r"""(?:\[[^\]]*\]|[^\s>\[])+|>""", selector)
    pattern = ""
    is_child = False
    for part in reversed(parts):
        if part == ">":
            is_child = True
            continue
        if pattern:
            pattern += ";" if is_child else f";{_BEFORE}"
        pattern += _element_pattern(part, selector)
        is_child = False
    if not pattern or is_child:
        raise InsightError(f"The selector '{selector}' cannot be read.")
    return f"^{_BEFORE}{pattern}(?:;|$)"


def _element_pattern(part: str, selector: str) -> str:
    match = _SELECTOR_PART.fullmatch(part)
    if match is None or not part:
        raise InsightError(f"The selector '{selector}' cannot be read at '{part}'.")
    classes: list[str] = []
    attributes: list[tuple[str, str]] = []
    for found in _SELECTOR_CONDITION.finditer(match["conditions"]):
        if found["class"]:
            classes.append(found["class"])
        elif found["id"]:
            attributes.append(("attr__id", found["id"]))
        elif found["nth"]:
            attributes.append((found["nth"], found["number"]))
        else:
            name, value = found["name"], found["value"].strip("\"'")
            attributes.append((name if name in ("href", "text") else f"attr__{name}", value))
    tag = match["tag"]
    pattern = re.escape(tag) if tag and tag != "*" else r'[^.:;"]+'
    for name in sorted(classes):
        pattern += rf"{_REST_OF_HEAD}\.{re.escape(name)}"
    if not attributes:
        return pattern + rf"(?:[.:][^=;\"]*(?:={_QUOTED}{_ATTRIBUTES})?)?"
    pattern += r'(?:\.[^";=]*)?:'
    for name, value in sorted(attributes):
        written = re.escape(value.replace('"', r"\""))
        pattern += rf'{_ATTRIBUTES}{re.escape(name)}="{written}"'
    return pattern + _ATTRIBUTES


def _chain_matches(pattern: str) -> ast.Expr:
    return ast.CompareOperation(_CHAIN, ast.Constant(pattern), "=~")


def _text_condition(operator: Operator, value: Any, clock: Clock) -> ast.Expr:
    """Whether the text of any element fits; with a negative operator, whether none does."""
    positive: Operator = POSITIVE_OF.get(operator, operator)  # type: ignore[assignment]
    fits = condition(_text_operand(ast.Field(["text"])), positive, value, clock)
    if fits is TRUE:
        return TRUE
    matches = ast.Call("arrayExists", [ast.Lambda(["text"], fits), ast.Field(["elements_chain_texts"])])
    return negation(matches) if operator in POSITIVE_OF else matches


def _text_operand(text: ast.Field) -> Operand:
    return Operand(
        text=text,
        number=ast.Call("toFloat", [text]),
        moment=ast.Call("toDateTime", [text]),
        is_set=ast.CompareOperation(text, ast.Constant(""), "!="),
    )
