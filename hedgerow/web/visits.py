"""Web analytics: the visits to a site in a few numbers, over time, and by page, source, device and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.defaultfilters import floatformat

from hedgerow.charts.trends import trends_chart
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.insights.dates import COMPARISONS, SHORT_RANGES, dates_of, written_comparison, written_dates
from hedgerow.web.insights.form import Form
from hedgerow.web.questions import ask
from hedgerow.web.rendering import project_context, project_page, render_page

ROWS = 10
"""Rows of a table that are shown."""

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "pages": ("Pages", {"Page": "Path", "InitialPage": "Entry", "ExitPage": "Exit", "PreviousPage": "Page before"}),
    "sources": (
        "Sources",
        {
            "InitialChannelType": "Channel",
            "InitialReferringDomain": "Referrer",
            "InitialUTMSource": "UTM source",
            "InitialUTMMedium": "UTM medium",
            "InitialUTMCampaign": "UTM campaign",
        },
    ),
    "devices": ("Devices", {"DeviceType": "Type", "Browser": "Browser", "OS": "System", "Viewport": "Viewport"}),
    "places": (
        "Places",
        {"Country": "Country", "Region": "Region", "City": "City", "Language": "Language", "Timezone": "Time zone"},
    ),
}
"""Each table's title and what it can be by."""

_NAMES = {None: "(none)", "$direct": "Direct"}
_LOOKS = ("shown", *TABLES)
_WITH_BOUNCE_RATE = ("Page", "InitialPage", "InitialChannelType", "InitialReferringDomain")
_SHOWN = {"visitors": ("Visitors", "dau"), "views": ("Views", "total"), "sessions": ("Sessions", "unique_session")}
_LONG_RANGES = {"180d": "week", "year": "week", "all": "month"}
_VIEWS = [{"kind": "EventsNode", "event": name, "math": "total"} for name in ("$pageview", "$screen")]


@dataclass(frozen=True)
class Change:
    """How a number differs from the one before, in words, and whether that is good news."""

    text: str
    is_good: bool | None


@dataclass(frozen=True)
class Tile:
    """A number of the overview; `address` shows it over time, where that can be shown."""

    key: str
    title: str
    value: str
    change: Change | None
    address: str = ""
    is_shown: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a table; `share` of the bar behind its name goes from 0 to 100."""

    name: str
    share: float
    cells: list[tuple[str, Change | None]]


@dataclass(frozen=True)
class Listing:
    """A table with its tabs: what each is by, its title, its address and whether it is the one shown."""

    key: str
    title: str
    tabs: list[tuple[str, str, str, bool]]
    subject: str
    heads: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    has_more: bool = False
    problem: str = ""


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The page, or one of its tables where only that is to be put in anew."""
    asked = Asked(request, project)
    wanted = request.headers.get("HX-Target", "")
    if wanted in TABLES:
        response = render_page(request, "web/visits_table.html", {"project": project, "table": asked.table(wanted)})
    else:
        response = render_page(request, "web/visits.html", asked.context())
    if "HX-Request" in request.headers:
        response["HX-Push-Url"] = f"{request.path}?{asked.fields.urlencode()}"
    return response


class Asked:
    """What the address asks for. Everything that is not known there is left to what is usual."""

    def __init__(self, request: HttpRequest, project: Project) -> None:
        assert isinstance(request.user, User)
        self.request, self.project, self.user = request, project, request.user
        self.fields = fields = _fields(request)
        self.form = form = Form(fields)
        self.range = form.text("range", "7d")
        query: dict[str, Any] = {"dateRange": {"date_from": "-7d", "date_to": None}}
        if "range" in fields:
            query = written_dates(form, query)
        query = written_comparison(form if "compare" in fields else Form(QueryDict("compare=previous")), query)
        self.leaves_out_test_accounts = form.is_on("without-test-accounts")
        self.query = {**query, "properties": [], "filterTestAccounts": self.leaves_out_test_accounts}
        self.shown = form.one_of("shown", _SHOWN, "visitors")

    def context(self) -> dict[str, Any]:
        """All that the page shows."""
        dates = dates_of(self.query)
        found: dict[str, Any] = {
            **project_context(self.request, self.project, "web"),
            "dates": dates,
            "comparisons": COMPARISONS.items(),
            "leaves_out_test_accounts": self.leaves_out_test_accounts,
            "kept": [(name, self.fields[name]) for name in _LOOKS if name in self.fields],
            "missing": dates.missing,
        }
        if dates.missing:
            return found
        overview = ask(self.project, {"kind": "WebOverviewQuery", **self.query}, self.user)
        has_visits = any(item["value"] or item["previous"] for item in overview.rows)
        if overview.problem or not has_visits:
            return {**found, "problem": overview.problem, "is_empty": not overview.problem}
        return {
            **found,
            "tiles": [self._tile(item) for item in overview.rows],
            "chart": self._chart(),
            "chart_title": _SHOWN[self.shown][0],
            "tables": [self.table(key) for key in TABLES],
        }

    def table(self, key: str) -> Listing:
        """One of the tables with its rows."""
        title, kinds = TABLES[key]
        by = self.form.one_of(key, kinds, next(iter(kinds)))
        tabs = [(kind, name, self._address(**{key: kind}), kind == by) for kind, name in kinds.items()]
        has_bounces = by in _WITH_BOUNCE_RATE
        query = {
            "kind": "WebStatsTableQuery",
            **self.query,
            "breakdownBy": by,
            "includeBounceRate": has_bounces,
            "doPathCleaning": bool(self.project.path_cleaning_filters),
            "limit": ROWS,
        }
        answer = ask(self.project, query, self.user)
        heads = ["Visitors", "Views", *(["Bounced"] if has_bounces else [])]
        lines = [_line(by, row) for row in answer.rows]
        has_more = bool(answer.response.get("hasMore"))
        return Listing(key, title, tabs, kinds[by], heads, lines, has_more, answer.problem)

    def _chart(self) -> dict[str, Any] | None:
        title, math = _SHOWN[self.shown]
        views = {"kind": "GroupNode", "operator": "OR", "nodes": _VIEWS, "math": math, "custom_name": title}
        interval = "hour" if self.range in SHORT_RANGES else _LONG_RANGES.get(self.range, "day")
        query = {"kind": "TrendsQuery", **self.query, "series": [views], "interval": interval}
        answer = ask(self.project, query, self.user)
        if answer.problem:
            return None
        return dict(trends_chart(answer.response, interval=interval, now=datetime.now(UTC)))

    def _tile(self, item: Mapping[str, Any]) -> Tile:
        key = item["key"]
        change = _change(item["changeFromPreviousPct"], is_bad_when_rising=item["isIncreaseBad"])
        address = self._address(shown=key) if key in _SHOWN else ""
        return Tile(key, key.capitalize(), _written(item["kind"], item["value"]), change, address, key == self.shown)

    def _address(self, **changed: str) -> str:
        fields = self.fields.copy()
        for name, value in changed.items():
            fields[name] = value
        return f"?{fields.urlencode()}"


def _fields(request: HttpRequest) -> QueryDict:
    """The fields of the address; of a part of the page that is asked for, with those of the address it stands at.

    What a part links to was written when it was put in, since when others may have been chosen elsewhere on the page.
    """
    fields = request.GET.copy()
    if "HX-Request" in request.headers:
        before = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
        for name in before:
            # The form sends all that it has, and what a link is about is the one thing it changes.
            if name in _LOOKS if "range" in request.GET else name not in fields:
                fields.setlist(name, before.getlist(name))
    return fields


def _line(by: str, row: Sequence[Any]) -> Line:
    value, visitors, views, *rates = row
    cells = [(_written("unit", visitors[0]), _change(_growth(visitors))), (_written("unit", views[0]), None)]
    # The last of the row is its share.
    cells += [(_written("percentage", None if rate[0] is None else rate[0] * 100), None) for rate in rates[:-1]]
    return Line(_name(by, value), round(100 * rates[-1], 2), cells)


def _name(by: str, value: Any) -> str:
    if not isinstance(value, list):
        return _NAMES.get(value, str(value))
    if by == "Viewport":
        return " × ".join(str(side) for side in value)
    country, *parts = value
    return ", ".join(str(part) for part in (parts[-1] or parts[0], country) if part)


def _growth(cell: Sequence[int | None]) -> int | None:
    current, previous = cell
    return round((current - previous) / previous * 100) if current is not None and previous else None


def _change(growth: int | None, *, is_bad_when_rising: bool = False) -> Change | None:
    if growth is None:
        return None
    text = f"+{growth} %" if growth > 0 else f"−{-growth} %" if growth < 0 else "±0 %"
    return Change(text, None if growth == 0 else (growth > 0) is not is_bad_when_rising)


def _written(kind: str, value: float | None) -> str:
    if value is None:
        return "–"
    if kind == "percentage":
        return f"{floatformat(value, '-1g')} %"
    if kind != "duration_s":
        return str(floatformat(value, "-2g"))
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
