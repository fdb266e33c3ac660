"""Which insights a list shows, and in which order."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson
from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import QueryDict

from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.models import Tile
from hedgerow.insights.dates import parse_moment
from hedgerow.insights.errors import InsightError
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight, InsightView
from hedgerow.saved_insights.naming import QUESTION_TYPES, names_any_flag, names_flag, question_type
from hedgerow.taxonomy.search import HasAnyTag
from hedgerow.taxonomy.usage import names_event

LONGEST_SEARCH = 200
MOST_LISTED_VALUES = 1_000
MOST_ID = 2**63
T = TypeVar("T")

_YES, _NO = ("true", "1"), ("false", "0")
_NEWEST_VIEW = "newest_view_at"
_ORDERS = frozenset(
    {
        *("id", "short_id", "name", "derived_name", "description", "order", "deleted", "saved", "favorited"),
        *("is_sample", "created_at", "created_by", "updated_at", "last_modified_at", "last_modified_by"),
        "last_viewed_at",
    }
)
_DATES = {"": "last_modified_at", "created_": "created_at", "last_viewed_": _NEWEST_VIEW}
"""By the beginning of the name of a parameter, the time it is about."""


def presentable(insights: "QuerySet[Insight]") -> "QuerySet[Insight]":
    """With all that is told of each, in a constant number of queries."""
    tiles = Tile.objects.filter(deleted=False).select_related("dashboard__project").order_by("dashboard_id")
    views = InsightView.objects.filter(insight=OuterRef("pk")).order_by().values("insight")
    return (
        insights.select_related("project", "created_by", "last_modified_by")
        .prefetch_related(Prefetch("dashboard_tiles", tiles.prefetch_related("dashboard__collaborators")))
        .annotate(**{_NEWEST_VIEW: Subquery(views.annotate(newest=Max("last_viewed_at")).values("newest"))})
    )


def newest_view(insight: Insight) -> datetime | None:
    """When anybody last looked at an insight."""
    if _NEWEST_VIEW not in insight.__dict__:
        insight.__dict__[_NEWEST_VIEW] = insight.views.aggregate(newest=Max("last_viewed_at"))["newest"]
    at: datetime | None = insight.__dict__[_NEWEST_VIEW]
    return at


def listed_insights(
    insights: "QuerySet[Insight]", project: Project, user: Any, asked: QueryDict
) -> "QuerySet[Insight]":
    """Those of the `presentable` insights, that are not deleted, that a request asks for, in the order it asks for.

    Raises ValidationError for values that cannot be understood.
    """
    insights = _by_fields(insights.filter(deleted=False), user, asked)
    for id in _ids(asked, "dashboards"):
        on_it = Tile.objects.filter(insight=OuterRef("pk"), dashboard_id=id, dashboard__project=project, deleted=False)
        insights = insights.filter(Exists(on_it))
    insights = _by_dates(insights, project, asked)
    if wanted := list(_by_content(asked)):
        found = insights.order_by().prefetch_related(None)
        rows = found.values_list("pk", "name", "derived_name", "description", "tags", "query", "filters")
        ids = [pk for pk, *content in rows.iterator() if all(fits(*content) for fits in wanted)]
        insights = insights.filter(pk__in=ids)
    return insights.order_by(*_order(asked.get("order")))


def _by_fields(insights: "QuerySet[Insight]", user: Any, asked: QueryDict) -> "QuerySet[Insight]":
    if short_id := asked.get("short_id"):
        insights = insights.filter(short_id=short_id)
    if (saved := _switch(asked, "saved")) is not None:
        on_dashboard = Exists(Tile.objects.filter(insight=OuterRef("pk"), deleted=False))
        counts_as_saved = Q(saved=True) | Q(on_dashboard)
        insights = insights.filter(counts_as_saved if saved else ~counts_as_saved)
    if "user" in asked:
        insights = insights.filter(created_by=user)
    if "favorited" in asked:
        insights = insights.filter(favorited=True)
    if makers := _ids(asked, "created_by"):
        insights = insights.filter(created_by__in=makers)
    if tags := _values(asked, "tags", str):
        insights = insights.filter(HasAnyTag([tag.strip().lower() for tag in tags if "\0" not in tag]))
    return insights


def _by_dates(insights: "QuerySet[Insight]", project: Project, asked: QueryDict) -> "QuerySet[Insight]":
    for prefix, field in _DATES.items():
        if start := asked.get(f"{prefix}date_from"):
            insights = insights.filter(**{f"{field}__gte": _moment(start, f"{prefix}date_from", project)})
        if end := asked.get(f"{prefix}date_to"):
            insights = insights.filter(**{f"{field}__lt": _moment(end, f"{prefix}date_to", project, is_end=True)})
    return insights


Content = Callable[[str | None, str | None, str | None, list[str], Any, Any], bool]
"""Whether an insight fits, by its name, derived name, description, tags, query and filters."""


def _by_content(asked: QueryDict) -> Iterable[Content]:
    """What a database cannot tell, or not each in the same way."""
    if len(asked.get("search", "")) > LONGEST_SEARCH:
        raise ValidationError(f"Search query must be {LONGEST_SEARCH} characters or fewer.", attr="search")
    if search := asked.get("search", "").strip().casefold():
        yield lambda name, derived, description, tags, query, filters: any(
            search in (text or "").casefold() for text in (name, derived, description, *tags)
        )
    if wanted := asked.get("insight", "").upper():
        if wanted not in QUESTION_TYPES:
            raise ValidationError(f'"{wanted[:100]}" is not a valid choice.', code="invalid_choice", attr="insight")
        yield lambda name, derived, description, tags, query, filters: question_type(query, filters) == wanted
    if events := _values(asked, "events", str):
        yield lambda name, derived, description, tags, query, filters: any(
            names_event([query, filters], event) for event in events
        )
    if flag := asked.get("feature_flag"):
        yield lambda name, derived, description, tags, query, filters: names_flag([query, filters], flag)
    if asked.get("hide_feature_flag_insights") in _YES:
        yield lambda name, derived, description, tags, query, filters: not names_any_flag([query, filters])


def _order(order: str | None) -> list[Any]:
    if not order:
        return [F("order").asc(nulls_last=True), "id"]
    descending, name = order.startswith("-"), order.removeprefix("-")
    if name not in _ORDERS:
        raise ValidationError(f"Insights cannot be ordered by '{name[:100]}'.", attr="order")
    field = F(_NEWEST_VIEW if name == "last_viewed_at" else f"{name}_id" if name.endswith("_by") else name)
    return [field.desc(nulls_last=True) if descending else field.asc(nulls_first=True), "id"]


def _moment(text: str, name: str, project: Project, *, is_end: bool = False) -> datetime:
    """A point in time; as an end of a range, that of the day that a bare date names."""
    zone = ZoneInfo(project.timezone)
    try:
        moment = parse_moment(text, zone, datetime.now(UTC).astimezone(zone), project.week_start_day or 0)
    except InsightError as error:
        raise ValidationError(error.detail, attr=name) from None
    return moment.at + timedelta(days=1) if is_end and moment.is_bare_date else moment.at


def _switch(asked: QueryDict, name: str) -> bool | None:
    text = asked.get(name, "").lower()
    if text and text not in (*_YES, *_NO):
        raise ValidationError("Must be a valid boolean.", attr=name)
    return text in _YES if text else None


def _ids(asked: QueryDict, name: str) -> list[int]:
    """Ids, of which those that none can have are 0, which none has either."""
    return [each if 0 < each < MOST_ID else 0 for each in _values(asked, name, int)]


def _values(asked: QueryDict, name: str, kind: type[T]) -> list[T]:
    """The values of a list that is written as JSON in one parameter. Raises ValidationError, naming the parameter."""
    text = asked.get(name)
    if not text:
        return []
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, list) or not all(type(each) is kind for each in values):
        what = "numbers" if kind is int else "texts"
        raise ValidationError(f"{name} must be a JSON list of {what}.", attr=name)
    if len(values) > MOST_LISTED_VALUES:
        raise ValidationError(f"{name} may have at most {MOST_LISTED_VALUES} values.", attr=name)
    return values
