"""What a question is called as long as nobody gives it a name: what it asks, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hedgerow.charts.answers import source_of
from hedgerow.charts.paths import readable_item
from hedgerow.web.insights.breakdowns import breakdowns_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.references import Reference
from hedgerow.web.insights.series import COUNTS, EXPRESSION, PROPERTY_MATHS, Node, node_title
from hedgerow.web.names import property_name

LONGEST = 400
MOST_SERIES = 4
LONGEST_SQL = 80


def derived_name(query: Mapping[str, Any], choices: Choices) -> str:
    """The name of a question that the editor knows, or of SQL; the word `Query` for any other.

    `query` is a node that was checked, in its wrapper or without.
    """
    source = source_of(query)
    if source.get("kind") == "HogQLQuery":
        return _short(" ".join(str(source["query"]).split()), LONGEST_SQL)
    insight = BY_KIND.get(source.get("kind", ""))
    if insight is None:
        return "Query"
    asked = dict(source)
    nodes = insight.nodes(asked) if insight.series else []
    words = _WORDS[insight.slug](asked, nodes, choices)
    if insight.has_breakdown and (broken_down := _breakdowns(asked, choices)):
        words += f" by {broken_down}"
    return _short(words, LONGEST)


def _trends(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    counted = _listed([_counted(node, choices) for node in nodes])
    looks = query.get("trendsFilter") or {}
    formulas = [each.get("custom_name") or each.get("formula") for each in looks.get("formulaNodes") or []]
    formulas = formulas or looks.get("formulas") or [looks.get("formula")]
    named = ", ".join(str(each) for each in formulas if each)
    return f"{named} of {counted}" if named else counted


def _funnels(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    titles = [node_title(node, choices.actions) for node in nodes]
    if len(titles) > MOST_SERIES:
        titles = [*titles[: MOST_SERIES - 1], "…", titles[-1]]
    return f"Conversion {' → '.join(titles)}"


def _retention(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    first, last = node_title(nodes[0], choices.actions), node_title(nodes[-1], choices.actions)
    return f"Retention of {first}" if first == last else f"Retention from {first} to {last}"


def _paths(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    asked = query.get("pathsFilter") or {}
    words = "Paths"
    if asked.get("startPoint"):
        words += f" from {readable_item(asked['startPoint'])}"
    if asked.get("endPoint"):
        words += f" to {readable_item(asked['endPoint'])}"
    return words


def _stickiness(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    return f"Stickiness of {_listed([node_title(node, choices.actions) for node in nodes])}"


def _lifecycle(query: Mapping[str, Any], nodes: Sequence[Node], choices: Choices) -> str:
    return f"Lifecycle of {_listed([node_title(node, choices.actions) for node in nodes])}"


_WORDS: dict[str, Callable[[Mapping[str, Any], Sequence[Node], Choices], str]] = {
    "trends": _trends,
    "funnels": _funnels,
    "retention": _retention,
    "paths": _paths,
    "stickiness": _stickiness,
    "lifecycle": _lifecycle,
}


def _counted(node: Node, choices: Choices) -> str:
    """A series with how it is counted: `Pageview count`, `Sum of Amount in paid`."""
    title, math = node_title(node, choices.actions), node.get("math") or "total"
    if math == "total":
        return f"{title} count"
    if math in PROPERTY_MATHS:
        return f"{PROPERTY_MATHS[math]} {property_name(node.get('math_property') or '…')} in {title}"
    if math == EXPRESSION:
        return f"{node.get('math_hogql') or '…'} of {title}"
    if math == "unique_group":
        return f"{title} unique {choices.group_types.get(node.get('math_group_type_index', -1), 'groups')}"
    return f"{title} {_inside(COUNTS.get(math, math))}"


def _breakdowns(query: dict[str, Any], choices: Choices) -> str:
    titles = []
    for row in breakdowns_of(query).rows:
        reference = Reference.read(row.about)
        if row.is_expression or reference is None:
            titles.append(row.expression)
        elif reference.kind == "cohort":
            known = choices.cohorts.get(int(reference.name)) if reference.name.isdigit() else None
            titles.append(known or "all users")
        else:
            titles.append(_inside(property_name(reference.name)))
    return ", ".join(titles)


def _listed(titles: Sequence[str]) -> str:
    shown, rest = list(titles[:MOST_SERIES]), len(titles) - MOST_SERIES
    if rest > 0:
        shown.append(f"{rest} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _inside(title: str) -> str:
    """A title as it stands inside of a sentence; what is written in capitals stays so."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
