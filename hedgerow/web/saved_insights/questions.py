"""The questions of saved insights: as they were saved, and as the page that asks them sends them."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from hedgerow.charts.answers import source_of
from hedgerow.insights.errors import InsightError
from hedgerow.saved_insights.models import Insight as SavedInsight
from hedgerow.saved_insights.results import question_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kind import Insight, Query
from hedgerow.web.insights.kinds import INSIGHTS
from hedgerow.web.insights.question import edited_query, typed_question

SQL = "HogQLQuery"
DISPLAYS = {"table": "ActionsTable", "line": "ActionsLineGraph", "bar": "ActionsBar"}
"""How the SQL page shows rows, and what saved insights call it."""

Node = dict[str, Any]


def saved_node(insight: SavedInsight) -> Node:
    """What an insight asks, in its wrapper; an empty node where it asks nothing that can be answered."""
    try:
        return question_of(insight) or {}
    except InsightError:
        return {}


def sent_node(asked: QueryDict, choices: Choices, before: Mapping[str, Any] | None = None) -> Node:
    """The question of the page that sent this, in a wrapper, which keeps what the one `before` says beside it.

    The SQL page sends its text as `q`, and `as=sql`; the editors of insights send what they were filled from as `base`
    with their fields; a dialog sends the finished `node`.
    """
    wrapper = {key: value for key, value in (before or {}).items() if key != "source"}
    if "node" in asked:
        return _decoded(asked.get("node", ""))
    if asked.get("as") == "sql":
        source = source_of(before or {})
        kept = dict(source) if source.get("kind") == SQL else {}
        wrapper = wrapper if wrapper.get("kind") == "DataVisualizationNode" else {"kind": "DataVisualizationNode"}
        if (display := DISPLAYS.get(asked.get("show", ""))) and shown_as(wrapper) != asked["show"]:
            wrapper["display"] = display
        return {**wrapper, "source": {**kept, "kind": SQL, "query": asked.get("q", "").strip()}}
    wrapper = wrapper if wrapper.get("kind") == "InsightVizNode" else {"kind": "InsightVizNode"}
    return {**wrapper, "source": sent_query(asked, choices)[1]}


def sent_query(asked: QueryDict, choices: Choices) -> tuple[Insight, Query]:
    """The kind and the query of an editor's fields: `base` says of which kind they are."""
    kind = typed_question(INSIGHTS["trends"], asked.get("base", ""), choices).insight
    return kind, edited_query(kind, asked, choices)


def shown_as(node: Mapping[str, Any]) -> str:
    """How the SQL page shows the rows of a saved query."""
    display = str(node.get("display") or "")
    if display in ("ActionsLineGraph", "ActionsAreaGraph"):
        return "line"
    return "bar" if "Bar" in display else "table"


def _decoded(text: str) -> Node:
    try:
        node = json.loads(text)
    except (ValueError, RecursionError):
        node = None
    return node if isinstance(node, dict) else {}
