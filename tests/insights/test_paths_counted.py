"""The edges of random small histories, and who is behind them, against following each person by hand."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.insights import paths
from tests.insights.asking import Event, person_id
from tests.insights.histories import PERSONS, SEEDS, Merge, local, owner, run, stored_history

Step = tuple[datetime, str, Event]
Filter = dict[str, Any]

TICK = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)
GAPS = [timedelta(), TICK, timedelta(minutes=1), timedelta(minutes=9), HALF_HOUR - TICK, HALF_HOUR, HALF_HOUR + TICK]
SHORT, MIXED = [1, 1, 4, 2, 0, 0, 0], [4, 4, 8, 8, 1, 1, 1]

PAGES = ["/a", "/a/", "/b", "/c", "/d"]
URLS: list[Any] = [*PAGES, "/b//", "/", "", "/shop/1", "/shop/22/", "/ä", "a_b", "...", 5, 5.0, True, None, ["x"]]
CLOCKS = [
    ("UTC", date(2024, 11, 3)),
    ("America/New_York", date(2024, 11, 3)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
]
RULES: list[dict[str, Any]] = [
    {"regex": r"/\d+", "alias": "/:id"},
    {"regex": "^/([ab])$", "alias": r"<\1>"},
    {"regex": "b", "alias": ""},
    {"regex": "", "alias": "never"},
    {"regex": "a"},
    {"regex": "(?i)A", "alias": "e", "order": -1},
    {"regex": "a$", "alias": "/b", "order": 2},
]
PATTERNS = ["/shop/*", "/*/1", "*a*", "a_b", "/%", "s*p", ""]
POINTS = ["/a", "/b/", "/", "signed up", "/shop/*", "<a>", "5", "...", "nowhere"]


@dataclass
class Case:
    """A history and a question about it."""

    zone: str
    day: date
    events: list[Event]
    merges: list[Merge]
    filter: Filter
    rules: list[dict[str, Any]]
    only_web: bool
    by_company: bool


def made(seed: int) -> Case:
    """A history and a question at random."""
    random = Random(seed)
    zone, day = random.choice(CLOCKS)
    events = []
    for person in random.sample(PERSONS, random.randint(1, 3)):
        # Some begin before the range, some go on behind its end.
        at = random.choice(["00:00", "12:00", "12:00", "23:00", "23:59:50"])
        moment = local(zone, f"{day} {at}").astimezone(UTC) - random.choice([timedelta(), HALF_HOUR])
        likely = random.choice([SHORT, SHORT, MIXED])
        for _ in range(random.choice([2, 8, 25])):
            moment += random.choices(GAPS, likely)[0]
            events.append(_event(random, moment, person))
    random.shuffle(events)
    merges = [Merge("cleo", "ann")] if random.random() < 0.4 else []
    return Case(
        zone,
        day,
        events,
        merges,
        made_filter(random),
        random.sample(RULES, 3),
        random.random() < 0.1,
        random.random() < 0.15,
    )


def _event(random: Random, moment: datetime, person: str) -> Event:
    name = random.choice([*["$pageview"] * 5, "$screen", "signed up", "$autocapture"])
    properties: dict[str, Any] = {"n": random.choice([1, "x", None, False])}
    if random.random() < 0.9:
        value = random.choice(URLS if random.random() < 0.2 else PAGES)
        properties["$screen_name" if name == "$screen" else "$current_url"] = value
    if random.random() < 0.5:
        properties["$lib"] = "web"
    return Event(name, moment, person, properties, groups={0: random.choice(["acme", "acme", "initech", ""])})


def made_filter(random: Random) -> Filter:
    """Which paths are asked for."""
    types = ["$pageview", "$screen", "custom_event", "hogql"]
    wanted: Filter = {
        "includeEventTypes": random.sample(types, random.randint(1, 3)),
        "pathsHogQLExpression": random.choice(["properties.n", "upper(event)"]),
        "excludeEvents": random.sample([*POINTS, "/a", "$autocapture"], 2),
        "pathGroupings": random.sample(PATTERNS, 3),
        "pathReplacements": True,
        "localPathCleaningFilters": random.sample(RULES, 2),
        "minEdgeWeight": random.randint(0, 2),
        "maxEdgeWeight": random.randint(0, 2),
    }
    found = {name: value for name, value in wanted.items() if random.random() < 0.12}
    both = ["startPoint", "endPoint"]
    for name in random.choice([[], both[:1], both[1:], both, both]):
        found[name] = random.choice(["/a", "/b/", "/c", "/d", random.choice(POINTS)])
    found["stepLimit"] = random.choice([1, 2, 3, 4, 4, 5, 5, 5, 20])
    if random.random() < 0.4:
        found["edgeLimit"] = random.randint(1, 6)
    return found


def sessions(case: Case) -> list[tuple[str, list[Step]]]:
    """The path of each session, as far as it counts, with whose it is."""
    by_actor: dict[str, list[Step]] = defaultdict(list)
    first, last = local(case.zone, f"{case.day} 00:00"), local(case.zone, f"{case.day} 23:59:59.999999")
    for event in case.events:
        actor = event.groups[0] if case.by_company else owner(event, case.merges)
        if actor and first <= event.at <= last and (not case.only_web or event.properties.get("$lib") == "web"):
            item = named(event, case)
            if item is not None and item not in case.filter.get("excludeEvents", []):
                by_actor[actor].append((event.at, item, event))
    found = []
    for actor, steps in by_actor.items():
        session: list[Step] = []
        before: datetime | None = None
        for step in sorted(steps, key=lambda step: (step[0], step[1].encode())):
            if before is not None and step[0] - before >= HALF_HOUR:
                found.append((actor, session))
                session = []
            elif session and session[-1][1] == step[1]:
                session.pop()
            session.append(step)
            before = step[0]
        found.append((actor, session))
    limited = [(actor, cut(session, case.filter)) for actor, session in found]
    return [(actor, path) for actor, path in limited if path]


def named(event: Event, case: Case) -> str | None:
    """The item of an event; None if it is left out."""
    types = case.filter.get("includeEventTypes")
    kinds = {"$pageview": "$pageview", "$screen": "$screen"}
    kind = kinds.get(event.event) or ("custom_event" if event.event[0] != "$" else None)
    if types and types != ["hogql"] and kind not in types:
        return None
    if kind == "$pageview" and (not types or kind in types):
        item = text(event.properties.get("$current_url"))
        if item != "/" and item.endswith("/"):
            item = item[:-1]
    elif kind == "$screen" and (not types or kind in types):
        item = text(event.properties.get("$screen_name"))
    elif types and "hogql" in types and "pathsHogQLExpression" in case.filter:
        by_name = case.filter["pathsHogQLExpression"] == "upper(event)"
        item = event.event.upper() if by_name else text(event.properties["n"])
    else:
        item = event.event
    rules = sorted(case.rules, key=lambda rule: rule.get("order", 0)) if case.filter.get("pathReplacements") else []
    rules += sorted(case.filter.get("localPathCleaningFilters", []), key=lambda rule: rule.get("order", 0))
    for rule in rules:
        if rule["regex"] and "alias" in rule:
            item = re.sub(rule["regex"], rule["alias"], item)
    for pattern in case.filter.get("pathGroupings", []):
        if pattern and re.search(".*".join(map(re.escape, pattern.split("*"))), item):
            return str(pattern)
    return item


def text(value: Any) -> str:
    """A property as text."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(int(value) if isinstance(value, float) else value)


def cut(path: list[Step], filter_: Filter) -> list[Step]:
    """What is left of a session between the points and within the limit."""
    start, end, limit = filter_.get("startPoint"), filter_.get("endPoint"), filter_.get("stepLimit", 5)
    if start:
        while path and path[0][1] not in _spellings(start):
            path = path[1:]
    if end:
        ends = [at for at, step in enumerate(path) if step[1] in _spellings(end) and not (start and at == 0)]
        path = path[: ends[0] + 1] if ends else []
    if len(path) <= limit:
        return path
    if start and end:
        half = limit // 2
        moment, _, event = path[half]
        return [*path[:half], (moment, "...", event), *path[len(path) - half :]]
    return path[-limit:] if end else path[:limit]


def _spellings(point: str) -> set[str]:
    return {point, point[:-1]} if point[-1] == "/" and len(point) > 1 else {point}


def counted(case: Case) -> list[dict[str, Any]]:
    """The edges of the answer."""
    gaps: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for _, path in sessions(case):
        for at in range(1, len(path)):
            (earlier, item, _), (later, following, _) = path[at - 1], path[at]
            gaps[at, item, following].append((later - earlier) // TICK)
    least, most = case.filter.get("minEdgeWeight") or 0, case.filter.get("maxEdgeWeight") or 1_000
    largest = sorted(
        (edge for edge, found in gaps.items() if least <= len(found) <= most),
        key=lambda edge: (-len(gaps[edge]), f"{edge[0]}_{edge[1]}".encode(), f"{edge[0] + 1}_{edge[2]}".encode()),
    )[: case.filter.get("edgeLimit", 50)]
    kept = {edge for edge in largest if edge[0] == 1}
    for _ in range(20):
        kept |= {edge for edge in largest if any((at + 1, to) == edge[:2] for at, _, to in kept)}
    return [
        {
            "source": f"{at}_{item}",
            "target": f"{at + 1}_{following}",
            "value": len(gaps[at, item, following]),
            "average_conversion_time": sum(gaps[at, item, following]) / len(gaps[at, item, following]) / 1000,
        }
        for at, item, following in largest
        if (at, item, following) in kept
    ]


def behind(case: Case, start: str | None, end: str | None, dropoff: str | None) -> dict[str, list[Event]]:
    """For everyone behind the keys the events that count."""
    found: dict[str, list[Event]] = defaultdict(list)
    for actor, path in sessions(case):
        keys = [f"{at}_{step[1]}" for at, step in enumerate(path, 1)]
        for at, (key, step) in enumerate(zip(keys, path, strict=True)):
            before = keys[at - 1] if at else None
            is_last = at == len(path) - 1
            if start and not end and not dropoff:
                fits = key == start and not is_last
            elif dropoff:
                fits = (
                    key == dropoff
                    and is_last
                    and (not start or before == start)
                    and (not end or (key == end and at > 0))
                )
            else:
                fits = before is not None and end in (None, key) and start in (None, before)
            if fits:
                found[actor].append(step[2])
    return found


def asked(case: Case, **keys: Any) -> paths.PathsQuery:
    only_web = [{"key": "$lib", "value": "web"}] if case.only_web else []
    return paths.PathsQuery.model_validate(
        {
            "pathsFilter": {**case.filter, **keys},
            "dateRange": {"date_from": str(case.day), "date_to": str(case.day)},
            "properties": only_web,
            "aggregation_group_type_index": 0 if case.by_company else None,
        }
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=SEEDS)
def test_as_followed_by_hand(event_store: EventStore, seed: int) -> None:
    case, random = made(seed), Random(seed + 1)
    known = {"timezone": case.zone, "path_cleaning_filters": case.rules, "group_types": ("company",)}
    context = stored_history(event_store, case.events, case.merges, **known)
    now = local(case.zone, f"{case.day} 23:59")
    for filter_ in [case.filter, made_filter(random), made_filter(random)]:
        case = replace(case, filter=filter_)
        answer = run(event_store, context, paths.answer(asked(case), context, now))
        assert answer["results"] == counted(case)

    reached = sorted({f"{at}_{step[1]}" for _, path in sessions(case) for at, step in enumerate(path, 1)})
    edge = random.choice(answer["results"] or [{"source": "1_/a", "target": "2_/b"}])
    for start, end, dropoff in [
        (edge["source"], edge["target"], None),
        tuple(random.choice([None, None, "1_/a", *reached]) for _ in range(3)),
    ]:
        keys = {"pathStartKey": start, "pathEndKey": end, "pathDropoffKey": dropoff}
        compiled = compile_query(paths.actors(asked(case, **keys), context, now), context)
        rows = event_store.query(compiled.sql, compiled.parameters).rows
        expected = behind(case, start, end, dropoff)
        assert {row[0]: row[1] for row in rows} == {
            actor if case.by_company else person_id(actor): len(events) for actor, events in expected.items()
        }
        for actor, _, distinct_ids, matching in rows:
            events = next(found for name, found in expected.items() if actor in (name, person_id(name)))
            assert [moment.astimezone(UTC) for moment, *_ in matching] == sorted(event.at for event in events)
            assert set(distinct_ids) <= {event.person for event in case.events if event.at in {e.at for e in events}}
