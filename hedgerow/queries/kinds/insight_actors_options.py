"""InsightActorsQueryOptions: which numbers of an insight there are to look into, read off the insight's own answer."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Discriminator, Tag

from hedgerow.insights import funnels, lifecycle, paths, retention, stickiness, trends
from hedgerow.insights.breakdowns import NONE, OTHER
from hedgerow.insights.series import named_series, series_label
from hedgerow.queries.kinds.insight_actors import InsightSource, InsightWithPoints, unwrapped
from hedgerow.queries.kinds.trends import asked
from hedgerow.queries.run import Kind, Run

Option = dict[str, Any]

_KEYS = ("day", "status", "interval", "breakdown", "breakdowns", "series", "compare")
_NAMES = {OTHER: "Other (i.e. all remaining values)", NONE: "None (i.e. no value)"}


def _form(source: object) -> str:
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", "")
    return "actors" if str(kind).endswith("ActorsQuery") else "funnel" if kind == "FunnelsQuery" else "insight"


class InsightActorsQueryOptions(BaseModel):
    """The question, of an insight or of a question for its actors."""

    kind: Literal["InsightActorsQueryOptions"]
    source: Annotated[
        Annotated[InsightSource, Tag("actors")]
        | Annotated[funnels.FunnelsQuery, Tag("funnel")]
        | Annotated[InsightWithPoints, Tag("insight")],
        Discriminator(_form),
        BeforeValidator(unwrapped),
    ]


def answer(query: InsightActorsQueryOptions, run: Run) -> dict[str, Any]:
    """A list of options for each key that tells numbers of the insight apart, and null for the others."""
    source: Any = query.source
    insight = source.source if str(source.kind).endswith("ActorsQuery") else source
    return {**dict.fromkeys(_KEYS), **_options(insight, run)}


def _options(insight: Any, run: Run) -> dict[str, Any]:
    known = (run.context, run.now, run.project.test_account_filters)
    match insight:
        case trends.TrendsQuery():
            # Without formulas, whose results say nothing of the series.
            plain = insight.model_copy(update={"trendsFilter": _without_formulas(insight)})
            results = _results(trends.answer(plain, *known), run)
            return {
                "day": _days(results),
                **_breakdowns(each["breakdown_value"] for each in results if "breakdown_value" in each),
                **_series(insight, run),
            }
        case lifecycle.LifecycleQuery():
            days = _days(_results(lifecycle.answer(insight, *known), run))
            return {"day": days, "status": [_option(each.capitalize(), each) for each in lifecycle.STATUSES]}
        case stickiness.StickinessQuery():
            results = _results(stickiness.answer(insight, *known), run)
            names = zip(results[0]["labels"], results[0]["days"], strict=True) if results else ()
            return {"day": [_option(label, day) for label, day in names], **_series(insight, run)}
        case retention.RetentionQuery():
            results = _results(retention.answer(insight, *known), run)
            labels = dict.fromkeys(each["label"] for each in results)
            values = [each["breakdown_value"] for each in results if each["breakdown_value"] is not None]
            return {"interval": [_option(label, row) for row, label in enumerate(labels)], **_breakdowns(values)}
        case funnels.FunnelsQuery():
            return _of_funnel(insight, _results(funnels.answer(insight, *known), run))
        case paths.PathsQuery():
            return {}
    raise AssertionError(insight)


def _of_funnel(insight: funnels.FunnelsQuery, results: Any) -> dict[str, Any]:
    if insight.view == "time_to_convert":
        return {}
    days = _days(results) if insight.view == "trends" else None
    # Of two periods one may have a funnel that nobody entered.
    funnels_found = [each[0] if isinstance(each, list) else each for each in results if each]
    values = [each["breakdown_value"] for each in funnels_found if "breakdown_value" in each]
    return {"day": days, **_breakdowns(values)}


def _without_formulas(insight: trends.TrendsQuery) -> Any:
    given = insight.trendsFilter
    return given and given.model_copy(update={"formula": None, "formulas": None, "formulaNodes": None})


def _results(asking: Any, run: Run) -> Any:
    fields, _ = asked(asking, run)
    return fields["results"]


def _option(label: Any, value: Any) -> Option:
    return {"label": str(label), "value": value}


def _days(results: list[Any]) -> list[Option] | None:
    if not results or not results[0]["days"]:
        return None
    return [_option(label, day) for label, day in zip(results[0]["labels"], results[0]["days"], strict=True)]


def _series(insight: trends.TrendsQuery | stickiness.StickinessQuery, run: Run) -> dict[str, Any]:
    names = [node.custom_name or series_label(node) for node in named_series(insight.series, run.context)]
    compares = insight.compareFilter is not None and insight.compareFilter.compare
    return {
        "series": [_option(name, place) for place, name in enumerate(names)],
        "compare": [_option("Current", "current"), _option("Previous", "previous")] if compares else None,
    }


def _breakdowns(values: Iterable[Any]) -> dict[str, Any]:
    """The values of one breakdown, or for each of several those it has, each once."""
    found = list(values)
    if not found:
        return {}
    if not isinstance(found[0], list):
        return {"breakdown": [_option(_NAMES.get(value, value), value) for value in dict.fromkeys(found)]}
    of_each = [dict.fromkeys(parts) for parts in zip(*found, strict=True)]
    return {"breakdowns": [{"values": [_option(_NAMES.get(part, part), part) for part in parts]} for parts in of_each]}


INSIGHT_ACTORS_OPTIONS = Kind(InsightActorsQueryOptions, answer)
