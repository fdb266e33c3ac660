"""What becomes of recordings that have come in: blocks that can be read back, facts about them, and what is refused."""

import json
from typing import Any
from uuid import uuid4

import pytest

from hedgerow.blobs.store import MissingBlob, store
from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_select
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import blob_folder, blocks_of, lines_of, remove_blocks
from hedgerow.recordings.loading import RecordingLoader
from hedgerow.recordings.models import RemovedRecording
from hedgerow.settings import Settings
from hedgerow.spool.recording_lines import RecordingLine
from tests.recordings.conftest import Load
from tests.recordings.spooling import START, act, click, console, piece, visit, write_segment


def recording(event_store: EventStore, project: Project, session: str) -> dict[str, Any]:
    """The facts of a recording, as HogQL tells them."""

    compiled = compile_query(
        parse_select(f"SELECT *, urls FROM session_replay_events WHERE session_id = '{session}'"),
        ProjectContext(project.pk),
    )
    found = event_store.query(compiled.sql, compiled.parameters)
    (row,) = found.rows
    return dict(zip(compiled.columns, row, strict=True))


def letters(event_store: EventStore, project: Project) -> list[tuple[Any, ...]]:
    parameters = {"team": project.pk}
    warnings = event_store.query("SELECT type FROM ingestion_warnings WHERE team_id = {team:Int64}", parameters).rows
    dead = event_store.query(
        "SELECT reason, raw FROM dead_letters WHERE team_id = {team:Int64} ORDER BY reason", parameters
    ).rows
    assert sorted(warnings) == [(reason,) for reason, _ in dead]
    return dead


def test_a_session_is_one_block_of_each_segment_and_reads_as_it_was_sent(load: Load, project: Project) -> None:
    first, second, third = visit(0, "https://tea.example/"), click(1_000), {"type": 2, "timestamp": START, "data": "é"}
    load(
        piece(project.pk, "s-1", second, window="w1"),
        piece(project.pk, "s-1", first, third, window="w2"),
        piece(project.pk, "s-2", click(5)),
    )
    load(piece(project.pk, "s-1", click(30_000)))

    block, later = blocks_of(project.pk, "s-1")
    lines = [json.loads(line) for line in lines_of(block)]
    assert lines == [["w2", first], ["w2", third], ["w1", second]], "by their time"
    assert (block.event_count, block.distinct_id) == (3, "ann")
    assert (block.end - block.start).total_seconds() == 1
    assert block.size == store().size(block.blob_key)
    assert [json.loads(line) for line in lines_of(later)] == [["w1", click(30_000)]]
    assert len(blocks_of(project.pk, "s-2")) == 1
    assert blocks_of(project.pk + 1, "s-1") == []


def test_facts_of_a_recording(load: Load, project: Project, event_store: EventStore) -> None:
    load(
        piece(project.pk, "s", visit(0, "https://tea.example/a"), click(1_000), act(3_000, 5), distinct_id="anonymous"),
        piece(project.pk, "s", act(3_500, 1), act(20_000, 3), console(20_100, "info"), console(20_200, "warn")),
    )
    load(
        piece(project.pk, "s", act(23_000, 2, type=1), console(23_000, "error"), visit(24_000, "https://tea.example/b"))
    )
    facts = recording(event_store, project, "s")
    assert (facts["end_time"] - facts["start_time"]).total_seconds() == 24
    assert facts["click_count"] == 1
    assert facts["keypress_count"] == 1
    assert facts["mouse_activity_count"] == 3
    assert facts["active_milliseconds"] == 2_500 + 3_000, "also from one block to the next"
    counts = {level: facts[f"console_{level}_count"] for level in ("log", "warn", "error")}
    assert counts == {"log": 1, "warn": 1, "error": 1}
    assert facts["first_url"] == "https://tea.example/a"
    assert sorted(facts["urls"]) == ["https://tea.example/a", "https://tea.example/b"]
    assert (facts["distinct_id"], facts["snapshot_source"], facts["snapshot_library"]) == ("anonymous", "web", "web")
    assert facts["event_count"] == 10


@pytest.mark.parametrize(
    "odd",
    [
        {"type": 3, "timestamp": START, "data": "gzip"},
        {"type": 3, "timestamp": START, "data": {"source": [2], "type": {}}},
        {"type": [], "timestamp": START},
        {"type": 6, "timestamp": START + 0.5, "data": {"plugin": "rrweb/console@1", "payload": "x"}},
        {"type": 4, "timestamp": START, "data": {"href": 5}},
        {"type": 5, "timestamp": START, "data": {"payload": [1]}},
    ],
)
def test_odd_events_are_kept_and_count_as_nothing(
    load: Load, project: Project, event_store: EventStore, odd: dict[str, Any]
) -> None:
    load(piece(project.pk, "s", odd))
    (block,) = blocks_of(project.pk, "s")
    assert [json.loads(line)[1] for line in lines_of(block)] == [odd]
    facts = recording(event_store, project, "s")
    assert (facts["click_count"], facts["console_log_count"], facts["first_url"]) == (0, 0, "")


def test_what_is_no_event_is_left_out_and_what_holds_none_is_refused(
    load: Load, project: Project, event_store: EventStore
) -> None:
    load(
        piece(project.pk, "good", 5, {"type": 2}, {"type": 2, "timestamp": "now"}, click(0)),
        piece(project.pk, "bad", {"type": 2}),
        piece(project.pk, "empty"),
    )
    assert [len(blocks_of(project.pk, session)) for session in ("good", "bad", "empty")] == [1, 0, 0]
    reason = "message_contained_no_valid_rrweb_events"
    assert sorted(letters(event_store, project)) == [(reason, "[]"), (reason, '[{"type":2}]')]


def test_what_is_said_to_be_of_another_week_is_refused(load: Load, project: Project, event_store: EventStore) -> None:
    week = 7 * 24 * 3600 * 1000
    long_ago, far_ahead = click(-week), click(week + 120_000)
    received = START / 1000 + 60
    load(piece(project.pk, "s", long_ago, click(0), far_ahead, click(120_000 - week), received=received))
    (block,) = blocks_of(project.pk, "s")
    assert block.event_count == 2
    ((reason, raw),) = letters(event_store, project)
    assert (reason, json.loads(raw)) == ("message_timestamp_diff_too_large", [long_ago, far_ahead])


def test_refused_and_damaged_lines_become_dead_letters(
    load: Load, project: Project, spooled_settings: Settings, event_store: EventStore
) -> None:
    now = piece(project.pk, "s").now
    load(RecordingLine(t=project.pk, now=now, r="missing_session_id", raw='{"event":"$snapshot"}'))
    assert letters(event_store, project) == [("missing_session_id", '{"event":"$snapshot"}')]

    damaged = write_segment(spooled_settings, [piece(project.pk, "s", click(0))])
    head = f'{{"t":{project.pk}'.encode()
    damaged.write_bytes(damaged.read_bytes() + head + b"\n" + head + b',"now":"soon"}\n')
    assert RecordingLoader(spooled_settings, event_store).load_once()
    assert len(blocks_of(project.pk, "s")) == 1
    found = event_store.query(
        "SELECT reason FROM dead_letters WHERE startsWith(raw, {head:String})", {"head": head.decode()}
    ).rows
    assert found == [("unreadable_line",)] * 2


def test_nothing_is_kept_for_projects_and_recordings_that_were_deleted(
    load: Load, project: Project, event_store: EventStore
) -> None:
    RemovedRecording.objects.create(project=project, session_id="removed")
    nobody = project.pk + 1
    load(piece(project.pk, "removed", click(0)), piece(project.pk, "kept", click(0)), piece(nobody, "s", click(0)))
    assert blocks_of(project.pk, "removed") == []
    assert len(blocks_of(project.pk, "kept")) == 1
    assert list(store().keys(blob_folder(nobody))) == []
    assert letters(event_store, project) == []
    found = event_store.query("SELECT reason, raw FROM dead_letters WHERE team_id = {t:Int64}", {"t": nobody}).rows
    assert found == [("project_deleted", "")]


def test_removed_blocks_are_gone_from_both_stores(load: Load, project: Project) -> None:
    load(piece(project.pk, "s", click(0)), piece(project.pk, "s-other", click(0)))
    (block,) = blocks_of(project.pk, "s")
    remove_blocks(project.pk, ["s", "never there", "../..", ""])
    remove_blocks(project.pk, ["s"])
    assert blocks_of(project.pk, "s") == []
    with pytest.raises(MissingBlob):
        next(lines_of(block))
    (other,) = blocks_of(project.pk, "s-other")
    assert len(list(lines_of(other))) == 1


def test_a_piece_that_is_sent_again_counts_once(load: Load, project: Project, event_store: EventStore) -> None:
    first, second = str(uuid4()), str(uuid4())
    load(piece(project.pk, "s", click(0), uuid=first), piece(project.pk, "s", click(0), uuid=first))
    load(
        piece(project.pk, "s", click(0), uuid=first),
        piece(project.pk, "s", click(1), uuid=second),
        piece(project.pk, "another", click(0), uuid=first),
    )
    load(piece(project.pk, "s", click(1), uuid=second))
    assert recording(event_store, project, "s")["click_count"] == 2
    assert [block.event_count for block in blocks_of(project.pk, "s")] == [1, 1]
    assert len(blocks_of(project.pk, "another")) == 1, "only within a session"
    load(piece(project.pk, "s", click(2)), piece(project.pk, "s", click(2)))
    assert recording(event_store, project, "s")["click_count"] == 4, "without a uuid nothing is known to be the same"


def test_a_segment_that_is_loaded_again_changes_nothing(
    load: Load, project: Project, spooled_settings: Settings, event_store: EventStore
) -> None:
    pieces = [piece(project.pk, "s", click(0), uuid=str(uuid4())), piece(project.pk, "bad", 5)]
    segment = write_segment(spooled_settings, pieces)
    text = segment.read_bytes()
    for _ in range(3):
        segment.write_bytes(text)
        assert RecordingLoader(spooled_settings, event_store).load_once()
    assert len(blocks_of(project.pk, "s")) == 1
    assert len(list(store().keys(blob_folder(project.pk)))) == 1
    assert len(letters(event_store, project)) == 1
    assert recording(event_store, project, "s")["click_count"] == 1
