"""The tables of random visits, against counting them by hand."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights.web import table
from tests.insights.asking import Event
from tests.insights.histories import CLOCKS, SEEDS, Merge, local, run, stored_history
from tests.insights.visits import GOAL, VIEWS, Session, made_visits, mean, persons_of, sessions_of

RULES = [{"regex": r"\d\d$", "alias": "many", "order": 1}, {"regex": r"(docs)/\d", "alias": r"\1/:id", "order": 0}]

Cells = dict[str, float | None]


def cleaned(path: str | None) -> str | None:
    return re.sub(r"\d\d$", "many", re.sub(r"(docs)/\d", r"\1/:id", path)) if path else path


def previous_page(event: Event) -> str | None:
    known = event.properties
    if known.get("$prev_pageview_pathname"):
        return str(known["$prev_pageview_pathname"])
    referrer = known.get("$referrer", "$direct")
    if referrer == "$direct":
        return None
    # All referrers but this one are the page /docs.
    return "/docs" if known.get("$referring_domain") == known["$host"] else str(referrer)


def city(event: Event) -> tuple[Any, ...] | None:
    name = event.properties.get("$geoip_city_name")
    return (event.properties.get("$geoip_country_code"), name) if name else None


def viewport(event: Event) -> tuple[Any, ...] | None:
    sides = (event.properties.get("$viewport_width"), event.properties.get("$viewport_height"))
    return None if None in sides else sides


def source(session: Session) -> str:
    named = session.first("utm_source") or session.first("$referring_domain") or "(none)"
    return f"{named} / {session.first('utm_medium') or '(none)'} / {session.first('utm_campaign') or '(none)'}"


VALUES: dict[str, Callable[[Event, Session], Any]] = {
    "Page": lambda event, session: event.properties.get("$pathname") or None,
    "InitialPage": lambda event, session: session.first("$pathname") or None,
    "ExitPage": lambda event, session: session.last("$pathname") or None,
    "ExitClick": lambda event, session: session.last("$external_click_url"),
    "PreviousPage": lambda event, session: previous_page(event),
    "InitialReferringDomain": lambda event, session: session.first("$referring_domain"),
    "InitialUTMSource": lambda event, session: session.first("utm_source"),
    "InitialUTMSourceMediumCampaign": lambda event, session: source(session),
    "Browser": lambda event, session: event.properties.get("$browser"),
    "City": lambda event, session: city(event),
    "Viewport": lambda event, session: viewport(event),
}
PATHS = ("Page", "InitialPage", "ExitPage", "PreviousPage")
WITH_NONE = ("InitialReferringDomain", "InitialUTMSource")


def counted(
    by: str, events: list[Event], first: datetime, last: datetime, merges: list[Merge], cleans: bool, goal: bool
) -> dict[Any, Cells]:
    """The cells of each value, seen or read in the period."""
    shown = cleaned if cleans and by in PATHS else lambda value: value
    sessions = {id: session for id, session in sessions_of(events).items() if first <= session.start <= last}
    inside = [event for event in events if event.session in sessions]
    rows: dict[Any, list[Event]] = defaultdict(list)
    for event in inside:
        if event.event in VIEWS or (goal and event.event == GOAL):
            value = shown(VALUES[by](event, sessions[event.session]))
            if value is not None or by in WITH_NONE:
                rows[value].append(event)
    if goal:
        return {value: converted(kept, merges) for value, kept in rows.items()}
    read: dict[Any, list[Event]] = defaultdict(list)
    for event in inside:
        if event.event in ("$pageview", "$pageleave") and event.properties.get("$prev_pageview_pathname"):
            read[shown(event.properties["$prev_pageview_pathname"])].append(event)
    found: dict[Any, Cells] = {}
    for value in {*rows, *(read if by == "Page" else ())}:
        ids = {event.session for event in rows.get(value, ())}
        if by == "Page":
            ids = {id for id in ids if shown(sessions[id].first("$pathname")) == value}
        found[value] = {
            "visitors": len(persons_of(rows.get(value, ()), merges)),
            "views": len(rows.get(value, ())),
            "bounce_rate": mean(sessions[id].bounced for id in ids),
        }
        if by == "Page":
            found[value] |= reading(read.get(value, []))
    return found


def converted(kept: list[Event], merges: list[Merge]) -> Cells:
    visitors = len(persons_of(kept, merges))
    conversions = [event for event in kept if event.event == GOAL]
    buyers = len(persons_of(conversions, merges))
    return {
        "visitors": visitors,
        "total_conversions": len(conversions),
        "unique_conversions": buyers,
        "conversion_rate": buyers / visitors,
    }


def reading(events: list[Event]) -> Cells:
    def values(name: str) -> list[Any]:
        return [event.properties.get(f"$prev_pageview_{name}") for event in events]

    return {
        "average_scroll_percentage": mean(values("max_scroll_percentage")),
        "scroll_gt80_percentage": mean(
            None if share is None else float(share > 0.8) for share in values("max_content_percentage")
        ),
        "avg_time_on_page": mean(values("duration")),
    }


def cells(row: dict[str, Any], place: int, names: list[str]) -> Cells:
    return {name: row[name][place] for name in names}


@settings(max_examples=45, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    seed=SEEDS,
    clock=CLOCKS,
    by=st.sampled_from(["Page", "Page", *VALUES]),
    cleans=st.booleans(),
    goal=st.sampled_from([False, False, True]),
    merges=st.sampled_from([[], [Merge("cleo", "ann")]]),
)
def test_as_counted_by_hand(
    event_store: EventStore,
    seed: int,
    clock: tuple[str, date],
    by: str,
    cleans: bool,
    goal: bool,
    merges: list[Merge],
) -> None:
    zone, day = clock
    first, last = local(zone, f"{day} 00:00"), local(zone, f"{day + timedelta(days=1)} 23:59:59.999999")
    before = local(zone, f"{day - timedelta(days=2)} 00:00")
    events = made_visits(seed, [before, first, last])
    context = stored_history(event_store, events, merges, timezone=zone, path_cleaning_filters=RULES)
    query: dict[str, Any] = {
        "breakdownBy": by,
        "dateRange": {"date_from": str(day), "date_to": str(day + timedelta(days=1))},
        "compareFilter": {"compare": True},
        "properties": [],
        "includeBounceRate": True,
        "includeScrollDepth": True,
        "includeAvgTimeOnPage": True,
        "doPathCleaning": cleans,
        "conversionGoal": {"customEventName": GOAL} if goal else None,
    }
    found = run(event_store, context, table.answer(table.WebStatsTableQuery.model_validate(query), context, last))
    current = counted(by, events, first, last, merges, cleans, goal)
    previous = counted(by, events, before, first - timedelta(microseconds=1), merges, cleans, goal)
    columns = [name.removeprefix("context.columns.") for name in found["columns"]]
    names = columns[1:-1]
    rows = {}
    for cell in found["results"]:
        row = dict(zip(columns, cell, strict=True))
        rows[tuple(cell[0]) if isinstance(cell[0], list) else cell[0]] = row
    assert len(rows) == len(found["results"])

    nothing = {name: 0 if name.startswith(("visitors", "views", "total", "unique")) else None for name in names}
    visited = {
        value
        for value in {*current, *previous}
        if current.get(value, nothing)["visitors"] or previous.get(value, nothing)["visitors"]
    }
    assert set(rows) == visited
    for value, row in rows.items():
        assert cells(row, 0, names) == pytest.approx(current.get(value, nothing)), value
        assert cells(row, 1, names) == pytest.approx(previous.get(value, nothing)), value
    ranks = [[-row[name][0] for name in names[:2]] for row in rows.values()]
    assert ranks == sorted(ranks)
    everyone = sum(row["visitors"][0] for row in rows.values())
    for row in rows.values():
        assert row["ui_fill_fraction"] == pytest.approx(row["visitors"][0] / everyone if everyone else 0)
