"""What recipes that come with the product are written in."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

Query = dict[str, Any]
Place = tuple[int, int, int, int]
"""Column, row, width and height on the grid of twelve columns."""


@dataclass(frozen=True)
class EventVariable:
    """An event to choose. Its default is the first of `candidates` whose event a project has, else the last one."""

    id: str
    name: str
    description: str
    candidates: Sequence[Mapping[str, Any]]

    def fitted(self, events: AbstractSet[str]) -> dict[str, Any]:
        """The variable as templates have it, for a project with these events."""
        default = next((each for each in self.candidates if each["id"] in events), self.candidates[-1])
        return {
            "id": self.id,
            "name": self.name,
            "type": "event",
            "default": {**default, "type": "events"},
            "description": self.description,
            "required": True,
        }


@dataclass(frozen=True)
class BuiltIn:
    """A template that comes with the product. It can be asked for by its `aliases`, too."""

    name: str
    description: str
    tags: Sequence[str]
    tiles: Sequence[dict[str, Any]]
    variables: Sequence[EventVariable] = ()
    aliases: Sequence[str] = ()
    contexts: Sequence[str] = field(default=("general",))

    @property
    def candidates(self) -> Iterable[str]:
        """The names of events that may be a default."""
        return {str(each["id"]) for variable in self.variables for each in variable.candidates}


def event(id: str, **more: Any) -> dict[str, Any]:
    """A candidate for a variable."""
    return {"id": id, "name": id, **more}


def node(event: str | None, **more: Any) -> dict[str, Any]:
    """Events of a name, or of any, as a series."""
    return {"kind": "EventsNode", "event": event, "name": event or "All events", **more}


def chart(name: str, description: str, query: Query, place: Place, color: str | None = None) -> dict[str, Any]:
    """A tile of an insight."""
    wrapped = {"kind": "InsightVizNode", "source": {"filterTestAccounts": True, **query}}
    return _tile("INSIGHT", place, name=name, description=description, query=wrapped, color=color)


def table(name: str, description: str, sql: str, place: Place) -> dict[str, Any]:
    """A tile of rows that a HogQL query gives."""
    source = {"kind": "HogQLQuery", "query": sql}
    wrapped = {"kind": "DataVisualizationNode", "source": source, "display": "ActionsTable"}
    return _tile("INSIGHT", place, name=name, description=description, query=wrapped)


def heading(body: str, row: int) -> dict[str, Any]:
    """A tile of text as wide as the dashboard."""
    return _tile("TEXT", (0, row, 12, 1), body=body)


def trends(series: Sequence[Any], display: str = "ActionsLineGraph", since: str = "-30d", **more: Any) -> Query:
    """How often something happened."""
    return {
        "kind": "TrendsQuery",
        "series": list(series),
        "interval": more.pop("interval", "day"),
        "dateRange": {"date_from": since, "date_to": None},
        "trendsFilter": {"display": display},
        **more,
    }


def by(property: str, limit: int = 8) -> dict[str, Any]:
    """A breakdown by a property of events."""
    return {"breakdownFilter": {"breakdown": property, "breakdown_type": "event", "breakdown_limit": limit}}


def funnel(steps: Sequence[Any], since: str = "-30d") -> Query:
    """How many went from step to step, within two weeks."""
    return {
        "kind": "FunnelsQuery",
        "series": list(steps),
        "dateRange": {"date_from": since, "date_to": None},
        "funnelsFilter": {"funnelVizType": "steps", "funnelWindowInterval": 14, "funnelWindowIntervalUnit": "day"},
    }


def retention(target: Any, returning: Any, period: str = "Week", intervals: int = 8) -> Query:
    """How many of those who did something come back to do something; entities are of the form `{id, type}`."""
    return {
        "kind": "RetentionQuery",
        "retentionFilter": {
            "targetEntity": target,
            "returningEntity": returning,
            "retentionType": "retention_first_time",
            "period": period,
            "totalIntervals": intervals,
        },
    }


def lifecycle(series: Any, interval: str = "week", since: str = "-8w") -> Query:
    """Who is new, returns, is back or stays away."""
    return {
        "kind": "LifecycleQuery",
        "series": [series],
        "interval": interval,
        "dateRange": {"date_from": since, "date_to": None},
    }


def stickiness(series: Any, since: str = "-30d") -> Query:
    """On how many days people do something."""
    return {
        "kind": "StickinessQuery",
        "series": [series],
        "interval": "day",
        "dateRange": {"date_from": since, "date_to": None},
    }


def paths(since: str = "-30d") -> Query:
    """From page to page."""
    return {
        "kind": "PathsQuery",
        "dateRange": {"date_from": since, "date_to": None},
        "pathsFilter": {"includeEventTypes": ["$pageview"], "stepLimit": 4, "edgeLimit": 24},
    }


ANYTHING: dict[str, Any] = {"id": None, "name": "All events", "type": "events"}
"""All events as an entity of retention."""
COMPARED: dict[str, Any] = {"compareFilter": {"compare": True}}
"""Beside the same time before."""


def _tile(kind: str, place: Place, **content: Any) -> dict[str, Any]:
    x, y, w, h = place
    return {"type": kind, "layouts": {"sm": {"x": x, "y": y, "w": w, "h": h}}, **content}
