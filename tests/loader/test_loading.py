"""What becomes of lines in the spool."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.batches import Batch, plan_batch
from hedgerow.loader.duplicates import StoredUuids
from hedgerow.loader.events import NOTED_STRUCTURE, insert_statement, noted_lines
from hedgerow.loader.loading import BatchLoading
from hedgerow.loader.models import LoadBatch
from hedgerow.loader.plan import InsertPlan
from hedgerow.loader.service import Loader
from hedgerow.persons.identity import default_person_uuid, default_person_uuid_sql
from hedgerow.persons.models import Person
from hedgerow.projects.models import Project
from hedgerow.settings import Settings
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON_CHANGE, PERSONLESS, Line
from hedgerow.spool.segments import closed_segments
from tests.loader.spooling import event, settings_in, write_segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def loader(settings: Settings, event_store: EventStore) -> Loader:
    return Loader(settings, event_store)


def stored(event_store: EventStore, project: Project, columns: str, order: str = "event") -> list[tuple[Any, ...]]:
    return event_store.query(
        f"SELECT {columns} FROM events WHERE team_id = {{team:Int64}} ORDER BY {order}", {"team": project.pk}
    ).rows


def test_an_event_comes_back_as_it_was_sent(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    text = '{"$session_id":"s1","$window_id":"w1","plan":"pro","n":1.5,"a.b":{"c":[1,{"d":null}]},"é":"日本\\u0000"}'
    line = event(
        project.pk,
        "purchase",
        "Zoë 'q\" \\ \t日本",
        properties=text.encode(),
        timestamp="2026-01-31 12:34:56.123456",
    )
    write_segment(settings, [line])

    assert loader.load_once() == 1

    (row,) = stored(
        event_store,
        project,
        "toString(uuid), event, timestamp, toString(created_at), distinct_id, person_id, person_mode,"
        " `$session_id`, `$window_id`, elements_chain, properties_raw, properties.plan, properties.n",
    )
    assert row == (
        line.u,
        "purchase",
        datetime(2026, 1, 31, 12, 34, 56, 123456, UTC),
        line.now,
        line.d,
        default_person_uuid(project.pk, line.d),
        "full",
        "s1",
        "w1",
        "",
        text,
        "pro",
        1.5,
    )
    assert closed_segments(settings.spool_dir, "live") == []
    assert not LoadBatch.objects.exists()
    assert loader.load_once() == 0


def test_the_chain_of_elements_becomes_a_column(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    chain = 'a.btn:nth-child="1"text="Say \\"hi\\""'
    write_segment(settings, [event(project.pk, "$autocapture", properties={"$elements_chain": chain, "x": 1})])

    loader.load_once()

    assert stored(event_store, project, "elements_chain, properties") == [(chain, {"x": 1})]


def test_the_engine_knows_the_default_person_of_any_distinct_id(event_store: EventStore) -> None:
    for distinct_id in ("user_1", "", "é日本👩‍💻", "x" * 200, "tab\tquote'\"\\", "0"):
        for team in (1, 2**40):
            (row,) = event_store.query(
                f"SELECT {default_person_uuid_sql('{team:Int64}', '{id:String}')}", {"team": team, "id": distinct_id}
            ).rows
            assert row[0] == default_person_uuid(team, distinct_id)


def test_events_of_a_linked_distinct_id_carry_the_persons_uuid(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    write_segment(settings, [event(project.pk, "before", "anon 'q\" \\ \t日本")])
    loader.load_once()
    identify = event(
        project.pk, "$identify", "ann", kind=PERSON_CHANGE, properties={"$anon_distinct_id": "anon 'q\" \\ \t日本"}
    )
    write_segment(settings, [identify, event(project.pk, "after", "ann"), event(project.pk, "other", "bob")])
    loader.load_once()

    person = default_person_uuid(project.pk, "anon 'q\" \\ \t日本")
    assert stored(event_store, project, "event, person_id") == [
        ("$identify", person),
        ("after", person),
        ("before", person),
        ("other", default_person_uuid(project.pk, "bob")),
    ]


def test_lines_sent_to_a_server_say_what_the_plan_says(
    settings: Settings, event_store: EventStore, project: Project
) -> None:
    """The statement is the same for a server; here the embedded engine reads what would be sent."""
    team, person = project.pk, str(uuid.uuid4())
    lines = [
        event(team, "1 linked", "ann 'q\" \\"),
        event(team, "2 upgraded", "bob", kind=PERSONLESS),
        event(team, "$groupidentify", "made up"),
        event(team, "4 plain", "cara"),
    ]
    write_segment(settings, lines)
    batch = plan_batch(settings, "live")
    assert batch
    plan = InsertPlan(
        persons={f"{team}:{lines[0].d}": person},
        upgrade_after={f"{team}:bob": "2020-01-01 00:00:00.000000"},
        personless=[f"{team}:made up"],
        pieces=[(0, 4)],
    )
    sent = settings.data_dir / "sent.jsonl"
    sent.write_bytes(noted_lines(batch, plan, [0, 1, 2, 3]))
    structure = NOTED_STRUCTURE.replace("'", "\\'")
    event_store.command(*insert_statement(plan, "token", f"file('{sent}', 'JSONEachRow', '{structure}')", noted=True))

    assert stored(event_store, project, "event, person_id, person_mode") == [
        ("$groupidentify", default_person_uuid(team, "made up"), "propertyless"),
        ("1 linked", uuid.UUID(person), "full"),
        ("2 upgraded", default_person_uuid(team, "bob"), "force_upgrade"),
        ("4 plain", default_person_uuid(team, "cara"), "full"),
    ]


def test_many_linked_distinct_ids_fit_in_one_batch(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    links = [
        event(project.pk, "$identify", f"user{n}", kind=PERSON_CHANGE, properties={"$anon_distinct_id": f"anon{n}"})
        for n in range(3_000)
    ]
    write_segment(settings, [event(project.pk, "first", f"anon{n}") for n in range(3_000)])
    write_segment(settings, [*links, *(event(project.pk, "then", f"user{n}") for n in range(3_000))])
    loader.drain()

    found = stored(event_store, project, "distinct_id, person_id")
    assert len(found) == 9_000
    assert all(person == default_person_uuid(project.pk, id.replace("user", "anon")) for id, person in found)


def test_personless_events_say_so_and_count_once_their_person_is_known(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    late = "2999-01-01 00:00:00.000000"
    write_segment(
        settings,
        [
            event(project.pk, "1 personless", "cara", kind=PERSONLESS),
            event(project.pk, "2 person", "dan"),
            event(project.pk, "3 later than its person", "dan", kind=PERSONLESS, timestamp=late),
            event(project.pk, "4 before its person", "dan", kind=PERSONLESS, timestamp="2020-01-01 00:00:00.000000"),
        ],
    )
    loader.load_once()

    assert stored(event_store, project, "event, person_mode") == [
        ("1 personless", "propertyless"),
        ("2 person", "full"),
        ("3 later than its person", "force_upgrade"),
        ("4 before its person", "propertyless"),
    ]


def test_group_keys_go_to_the_column_of_their_type(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    write_segment(
        settings,
        [
            event(project.pk, "1", groups={"company": "acme"}),
            event(project.pk, "2", groups={"team": "red", "company": "é\\"}),
            event(project.pk, "3"),
        ],
    )
    loader.load_once()

    assert stored(event_store, project, "event, `$group_0`, `$group_1`, `$group_2`") == [
        ("1", "acme", "", ""),
        ("2", "é\\", "red", ""),
        ("3", "", "", ""),
    ]


def test_a_uuid_counts_once_in_a_batch_and_over_batches(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    one, two, three = (event(project.pk, name) for name in ("one", "two", "three"))
    again = event(project.pk, "one, renamed", event_uuid=one.u)
    write_segment(settings, [one, two, again])
    write_segment(settings, [one, three])
    assert loader.load_once() == 3
    write_segment(settings, [two, again, three])
    assert loader.load_once() == 0

    assert stored(event_store, project, "event") == [("one",), ("three",), ("two",)]


def test_a_uuid_stored_before_a_restart_is_known(settings: Settings, event_store: EventStore, project: Project) -> None:
    lines = [event(project.pk, f"e{n}") for n in range(10)]
    write_segment(settings, lines)
    assert Loader(settings, event_store).load_once() == 10

    stored_uuids = StoredUuids(event_store, settings.duplicate_window_days)
    assert stored_uuids.duplicates([*lines, event(project.pk)]) == list(range(10)), "before the filters are filled"
    stored_uuids.rebuild(threading.Event())
    assert stored_uuids.duplicates([*lines, event(project.pk)]) == list(range(10)), "by the filters"


def test_the_same_uuid_in_two_projects_is_two_events(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    other = Project.objects.create(id=project.pk + 1, organization=project.organization, name="Other")
    line = event(project.pk)
    write_segment(settings, [line])
    write_segment(settings, [event(other.pk, event_uuid=line.u)])
    assert loader.load_once() == 2
    assert len(stored(event_store, project, "uuid")) == len(stored(event_store, other, "uuid")) == 1


def test_a_resent_event_does_not_change_its_person_again(
    loader: Loader, settings: Settings, project: Project, event_store: EventStore
) -> None:
    first = event(project.pk, "$set", kind=PERSON_CHANGE, properties={"$set": {"plan": "free"}})
    second = event(project.pk, "$set", kind=PERSON_CHANGE, properties={"$set": {"plan": "pro"}})
    for line in (first, second, first):
        write_segment(settings, [line])
        loader.load_once()

    assert Person.objects.get(project=project).properties["plan"] == "pro"
    (copy,) = event_store.query(
        "SELECT properties.plan FROM persons FINAL WHERE team_id = {team:Int64}", {"team": project.pk}
    ).rows
    assert copy == ("pro",)


def test_what_is_not_an_event_becomes_a_warning_and_if_dropped_a_dead_letter(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    dropped = Line(
        k=NOT_AN_EVENT,
        t=project.pk,
        now=now,
        r="missing_distinct_id",
        drop=True,
        e="x",
        w=msgspec.Raw(b'{"n":1}'),
        raw="{…",
    )
    kept = event(project.pk)
    warned = Line(k=NOT_AN_EVENT, t=project.pk, u=kept.u, d=kept.d, now=now, r="ignored_invalid_timestamp")
    write_segment(settings, [dropped, kept, warned])
    assert loader.load_once() == 1

    assert warnings_of(event_store, project) == [
        ("ignored_invalid_timestamp", kept.u, "{}"),
        ("missing_distinct_id", "", '{"n":1}'),
    ]
    letters = event_store.query(
        "SELECT reason, event, details, raw FROM dead_letters WHERE team_id = {team:Int64}", {"team": project.pk}
    ).rows
    assert letters == [("missing_distinct_id", "x", '{"n":1}', "{…")]


def test_warnings_found_while_recording_are_stored(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    line = event(project.pk, "$identify", kind=PERSON_CHANGE, properties={"$anon_distinct_id": "null"})
    write_segment(settings, [event(project.pk), line])
    loader.load_once()

    ((kind, event_uuid, _),) = warnings_of(event_store, project)
    assert (kind, event_uuid) == ("cannot_merge_with_illegal_distinct_id", line.u)


def test_events_of_a_deleted_project_become_dead_letters(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    gone = project.pk + 1
    write_segment(settings, [event(gone, kind=PERSON_CHANGE), event(project.pk)])
    assert loader.load_once() == 1

    query = "SELECT reason FROM dead_letters WHERE team_id = {team:Int64}"
    assert event_store.query(query, {"team": gone}).rows == [("project_deleted",)]


def test_a_line_that_cannot_be_read_costs_no_other_line(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    file = write_segment(settings, [event(project.pk, "a"), event(project.pk, "b")])
    first, second = file.read_bytes().splitlines()
    damaged = f'{{"k":2,"t":{project.pk},"u":"\0\0'.encode()
    file.write_bytes(b"\n".join([first, damaged, second]) + b"\n")
    assert loader.load_once() == 2

    assert stored(event_store, project, "event") == [("a",), ("b",)]
    rows = event_store.query("SELECT raw FROM dead_letters WHERE reason = 'unreadable_line'").rows
    assert (damaged.decode(),) in rows


def test_the_one_good_line_beside_a_damaged_one_is_stored(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    file = write_segment(settings, [event(project.pk, "good")])
    file.write_bytes(b'{"k":2,"t":\n' + file.read_bytes())
    assert loader.load_once() == 1
    assert stored(event_store, project, "event") == [("good",)]


@pytest.mark.parametrize("damage", [{"ts": "noon"}, {"now": "noon"}, {"ts": ""}, {"u": "7"}], ids=str)
def test_a_line_that_cannot_be_recorded_becomes_a_dead_letter(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project, damage: dict[str, str]
) -> None:
    names = [f"{n}" for n in range(6)]
    lines = [event(project.pk, name, f"person {name}", kind=PERSON_CHANGE) for name in names]
    for name, value in damage.items():
        setattr(lines[4], name, value)
    write_segment(settings, lines)
    assert loader.load_once() == 5

    assert stored(event_store, project, "event") == [(name,) for name in names if name != "4"]
    letters = event_store.query(
        "SELECT event, reason FROM dead_letters WHERE team_id = {team:Int64}", {"team": project.pk}
    ).rows
    assert [event for event, _ in letters] == ["4"]
    assert not LoadBatch.objects.exists()


@pytest.mark.parametrize("state", LoadBatch.State)
def test_a_segment_that_vanished_holds_up_no_other(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project, state: LoadBatch.State
) -> None:
    """Whatever had been done of the batch before, the segment that is left is stored, once."""
    kept = [event(project.pk, "kept", "ann", kind=PERSON_CHANGE, properties={"$set": {"n": n}}) for n in range(3)]
    write_segment(settings, kept)
    lost = write_segment(settings, [event(project.pk, "lost")])
    batch = plan_batch(settings, "live")
    assert batch
    steps = BatchLoading(event_store, StoredUuids(event_store, 7), settings.data_dir / "work", None)
    if state != LoadBatch.State.PLANNED:
        steps.record(batch)
    if state == LoadBatch.State.STORED:
        steps.store(batch)
    lost.unlink()

    loader.drain()
    expected = [("kept",)] * 3 + ([("lost",)] if state == LoadBatch.State.STORED else [])
    assert stored(event_store, project, "event") == expected
    assert not LoadBatch.objects.exists()


def test_a_segment_that_vanishes_under_the_loader_holds_up_no_other(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_segment(settings, [event(project.pk, "kept")])
    lost = write_segment(settings, [event(project.pk, "lost")])
    record = BatchLoading.record

    def record_and_lose(loading: BatchLoading, batch: Batch) -> None:
        record(loading, batch)
        lost.unlink(missing_ok=True)

    monkeypatch.setattr(BatchLoading, "record", record_and_lose)
    with pytest.raises(FileNotFoundError):
        loader.load_once()
    loader.drain()
    assert stored(event_store, project, "event") == [("kept",)]


@pytest.mark.parametrize("timestamp", ["0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999"])
def test_persons_first_seen_at_the_ends_of_the_calendar_are_copied(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project, timestamp: str
) -> None:
    write_segment(
        settings,
        [
            event(project.pk, "1", "old", kind=PERSON_CHANGE, properties={"$set": {"x": 1}}, timestamp=timestamp),
            event(project.pk, "2", "old", kind=PERSONLESS, timestamp=timestamp),
        ],
    )
    assert loader.load_once() == 2
    query = "SELECT properties.x FROM persons FINAL WHERE team_id = {team:Int64}"
    assert event_store.query(query, {"team": project.pk}).rows == [(1,)]
    assert stored(event_store, project, "person_mode") == [("full",), ("propertyless",)]


def test_lines_the_engine_refuses_become_dead_letters_with_its_reason(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    too_large = b'{"amount":1e400}'
    lines = [
        event(project.pk, f"e{n:02}", properties=too_large if n in (7, 8, 39) else {"amount": n}) for n in range(40)
    ]
    write_segment(settings, lines)
    assert loader.load_once() == 37

    assert [name for (name,) in stored(event_store, project, "event")] == [
        f"e{n:02}" for n in range(40) if n not in (7, 8, 39)
    ]
    letters = event_store.query(
        "SELECT event_uuid, details FROM dead_letters WHERE team_id = {team:Int64}", {"team": project.pk}
    ).rows
    assert {uuid for uuid, _ in letters} == {lines[place].u for place in (7, 8, 39)}
    assert all("1e400" in details for _, details in letters)
    assert {kind for kind, _, _ in warnings_of(event_store, project)} == {"refused_by_event_store"}


def test_times_far_back_and_ahead_are_kept_and_share_few_partitions(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    years = [1, 1600, 1899, 1969, *range(1970, 2300, 10), 9999]
    lines = [event(project.pk, f"{year:04}", timestamp=f"{year:04}-06-01 00:00:00.000000") for year in years]
    write_segment(settings, lines)
    assert loader.load_once() == len(years)

    assert stored(event_store, project, "event") == [(f"{year:04}",) for year in years]
    query = "SELECT event FROM events WHERE team_id = {team:Int64} AND timestamp >= {from:DateTime64(6, 'UTC')}"
    parameters = {"team": project.pk, "from": "2200-01-01 00:00:00.000000"}
    assert len(event_store.query(query, parameters).rows) == len([year for year in years if year >= 2200])
    partitions = event_store.query(
        "SELECT uniqExact(_partition_id) FROM events WHERE team_id = {team:Int64}", {"team": project.pk}
    ).rows
    assert partitions[0][0] <= 5


def test_properties_of_every_shape_are_stored(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    texts = [
        b"{}",
        b'{"":1,"a":{"":{"":2}}}',
        b'{"a":1,"a":{"b":2}}',
        b'{"n":123456789012345678901234567890,"m":-9223372036854775809,"e":1e300,"z":-0.0}',
        b'{"mixed":[1,"a",null,{"b":[[],[1]]}],"date":"2026-01-01","b":true}',
        b'{"$session_id":5,"$window_id":{"a":1},"$elements_chain":7}',
        b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"a.b":1,"a":{"b":2},"`x` \\"y\\" \\\\":3}',
        ("{" + ",".join(f'"k{n}":{n}' for n in range(3_000)) + "}").encode(),
    ]
    write_segment(settings, [event(project.pk, f"{n:02}", properties=text) for n, text in enumerate(texts)])

    assert loader.load_once() == len(texts)
    assert [raw for (raw,) in stored(event_store, project, "properties_raw")] == [text.decode() for text in texts]


def test_live_events_are_loaded_before_historical_ones_and_neither_waits_for_ever(
    settings: Settings, event_store: EventStore, project: Project
) -> None:
    loader = Loader(settings, event_store)
    for n in range(3):
        write_segment(settings, [event(project.pk, f"old {n}")], "historical")
    for n in range(20):
        write_segment(settings, [event(project.pk, f"live {n:02}")])
        loader.load_once()
    order = [name for (name,) in stored(event_store, project, "event", "inserted_at")]
    first_old = order.index("old 0")
    assert 1 <= first_old < 20, "live first, but the historical lane gets its turn"
    loader.drain()
    assert len(stored(event_store, project, "event")) == 23


def test_loaded_segments_are_kept_as_long_as_the_settings_say(
    tmp_path: Path, event_store: EventStore, project: Project
) -> None:
    settings = settings_in(tmp_path, spool_retention_seconds=3600)
    file = write_segment(settings, [event(project.pk)])
    content = file.read_bytes()
    Loader(settings, event_store).load_once()

    assert closed_segments(settings.spool_dir, "live") == []
    assert (tmp_path / "loaded" / file.name).read_bytes() == content


def test_loaded_segments_are_removed_when_their_time_is_over(
    tmp_path: Path, event_store: EventStore, project: Project
) -> None:
    settings = settings_in(tmp_path, spool_retention_seconds=3600)
    (kept, old) = (write_segment(settings, [event(project.pk, name)]) for name in ("kept", "old"))
    an_hour_ago = time.time() - 3601
    os.utime(kept, (an_hour_ago, an_hour_ago))  # it was loaded late
    loader = Loader(settings, event_store)
    loader.load_once()
    os.utime(tmp_path / "loaded" / old.name, (an_hour_ago, an_hour_ago))
    loader.tidy()

    assert [file.name for file in (tmp_path / "loaded").iterdir()] == [kept.name]


def warnings_of(event_store: EventStore, project: Project) -> list[tuple[Any, ...]]:
    return event_store.query(
        "SELECT type, event_uuid, details FROM ingestion_warnings WHERE team_id = {team:Int64} ORDER BY type",
        {"team": project.pk},
    ).rows
