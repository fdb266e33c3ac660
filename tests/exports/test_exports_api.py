"""Exports over the API: asked for, followed, listed and read."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from hedgerow.blobs.store import store
from hedgerow.dashboards.models import Dashboard
from hedgerow.exports.access import STUCK
from hedgerow.exports.content import NO_TARGET
from hedgerow.exports.expiry import forget_expired
from hedgerow.exports.films import NO_RENDERER
from hedgerow.exports.making import work_folder
from hedgerow.exports.models import ExportedAsset
from hedgerow.organizations.models import User
from hedgerow.saved_insights.models import Insight
from tests.accounts import denied, error
from tests.exports.exporting import CSV, JSON, PDF, PNG, XLSX, Exports, hogql, read
from tests.queries.asking import make_api, make_project

KEYS = {
    *("id", "dashboard", "insight", "export_format", "created_at", "has_content", "export_context", "filename"),
    *("expires_after", "exception"),
}
ONE = hogql("select 1 as a")
NOT_FOUND = error("not_found", "Not found.", type="invalid_request")
QUERY = {"kind": "HogQLQuery", "query": "select 1 as a"}


@pytest.fixture
def insight(exports: Exports) -> Insight:
    return Insight.objects.create(project=exports.api.project, query=QUERY, name="Sign-ups & more")


@pytest.fixture
def dashboard(exports: Exports) -> Dashboard:
    return Dashboard.objects.create(project=exports.api.project, name="Übersicht")


def test_an_export_from_the_question_to_the_file(exports: Exports) -> None:
    """It is answered at once without content, and has it when its job is done."""
    asked = exports.ask(CSV, {**ONE, "filename": "My Report!", "mine": [1]}, expires_after="2001-01-01T00:00:00Z")
    assert asked.status_code == 201
    told = asked.json()
    assert set(told) == KEYS
    assert (told["has_content"], told["exception"], told["insight"]) == (False, None, None)
    assert told["export_context"] == {**ONE, "filename": "My Report!", "mine": [1]}
    assert re.fullmatch(r"my-report-\d{4}-\d\d-\d\d-\d{6}\.csv", told["filename"])
    assert exports.content(told["id"]).json() == NOT_FOUND
    made = exports.make(CSV, ONE)
    assert (made["has_content"], made["exception"]) == (True, None)
    answer = exports.content(made["id"])
    assert read(answer) == b"a\r\n1\r\n"
    assert answer["Content-Type"].startswith(CSV)
    assert (answer["Cache-Control"], answer.get("Content-Disposition")) == ("max-age=86400", None)
    saved = exports.content(made["id"], "?download=true")
    assert saved["Content-Disposition"] == f'attachment; filename="{made["filename"]}"'
    asset = ExportedAsset.objects.get(pk=made["id"])
    assert (asset.rows_done, asset.rows_total, asset.size) == (1, 1, 6)


@pytest.mark.parametrize(("export_format", "days"), [(CSV, 7), (XLSX, 7), (PNG, 180), (PDF, 180), (JSON, 180)])
def test_files_are_kept_for_some_days(exports: Exports, export_format: str, days: int) -> None:
    """Until a midnight."""
    told = exports.ask(export_format, ONE).json()
    until = (datetime.now(UTC) + timedelta(days=days)).date()
    assert told["expires_after"] == f"{until}T00:00:00Z"


def test_names_of_files(exports: Exports, insight: Insight, dashboard: Dashboard) -> None:
    """By what the export is of; a dashboard's name wins."""
    ending = r"-\d{4}-\d\d-\d\d-\d{6}\.png"
    names = [
        exports.ask(PNG, **fields).json()["filename"]
        for fields in (
            {"insight": insight.pk},
            {"insight": insight.pk, "dashboard": dashboard.pk},
            {"context": ONE},
            {"context": {**ONE, "filename": "!!!"}},
        )
    ]
    starts = ["export-sign-ups-more", "export-ubersicht", "export", ""]
    assert all(
        re.fullmatch(start + ending if start else ending[1:], name) for start, name in zip(starts, names, strict=True)
    )


def test_what_is_asked_for_wrongly(exports: Exports, insight: Insight, dashboard: Dashboard) -> None:
    """Each mistake by itself, with its field."""
    other = make_project()
    theirs = Dashboard.objects.create(project=other, name="Theirs")
    their_insight = Insight.objects.create(project=other, query=QUERY)
    own = f"/api/projects/{exports.api.project.pk}/persons/"
    gif = "image/gif"
    choice = "is not a valid choice."
    recording = error("invalid_input", "Invalid session_recording_id.", "export_context")
    path = error("invalid_input", "Only GET requests to this project's API can be exported.", "export_context")
    heatmap = {"heatmap_url": "http://169.254.169.254/"}
    for body, expected in (
        ({}, error("required", "This field is required.", "export_format")),
        ({"export_format": None}, error("null", "This field may not be null.", "export_format")),
        ({"export_format": "image/jpeg"}, error("invalid_choice", f'"image/jpeg" {choice}', "export_format")),
        (
            {"export_format": CSV},
            error("invalid_input", "Either dashboard, insight or export_context is required for an export."),
        ),
        (
            {"export_format": CSV, "dashboard": 54321},
            error("does_not_exist", 'Invalid pk "54321" - object does not exist.', "dashboard"),
        ),
        (
            {"export_format": CSV, "dashboard": "abc"},
            error("incorrect_type", "Incorrect type. Expected pk value, received str.", "dashboard"),
        ),
        (
            {"export_format": CSV, "dashboard": theirs.pk},
            error("invalid_input", "This dashboard does not belong to your team.", "dashboard"),
        ),
        (
            {"export_format": CSV, "insight": their_insight.pk},
            error("invalid_input", "This insight does not belong to your team.", "insight"),
        ),
        (
            {"export_format": CSV, "export_context": [1]},
            error("invalid_input", "export_context must be an object.", "export_context"),
        ),
        *(
            ({"export_format": PNG, "export_context": {"session_recording_id": given}}, recording)
            for given in ("a/b", "a\\b", "a%b", "a..b", "a\nb", "x" * 201, 7)
        ),
        (
            {"export_format": PNG, "export_context": heatmap},
            error("invalid_input", "heatmap_url not allowed: Local/metadata host", "export_context"),
        ),
        (
            {"export_format": gif, "insight": insight.pk},
            error("invalid_input", "Video export supports session recordings only.", "export_format"),
        ),
        *(
            ({"export_format": CSV, "export_context": context}, path)
            for context in (
                {"path": own, "method": "POST"},
                {"path": f"/api/projects/{other.pk}/persons/"},
                {"path": f"https://example.com{own}"},
                {"path": f"//example.com{own}"},
                {"path": f"{own}../../{other.pk}/persons/"},
                {"path": f"{own}%2e%2e/%2e%2e/{other.pk}/persons/"},
                {"path": f"/api/projects/{exports.api.project.pk}/exports/"},
                {"path": "/api/users/@me/"},
                {"path": f"/api/projects/{exports.api.project.pk}/nowhere/at/all"},
                {"path": 7},
            )
        ),
    ):
        answer = exports.api.send("POST", "exports/", body)
        assert (answer.status_code, answer.json()) == (400, expected), body


def test_a_query_that_cannot_be_answered_is_no_error_of_the_request(exports: Exports) -> None:
    """The export says what is wrong, for good."""
    made = exports.make(CSV, hogql("select * from"))
    assert made["exception"].startswith("Syntax error")
    asset = ExportedAsset.objects.get(pk=made["id"])
    assert (asset.failure_type, asset.exception_type) == ("user", "QueryError")
    assert "nothing" in exports.failure(CSV, hogql("select nothing from events"))
    assert exports.failure(CSV, {"source": {"kind": "Nonsense"}}).startswith("JSON parse error")
    assert exports.failure(CSV, {"source": "x"}) == "The source of an export is a query."
    assert exports.failure(CSV, {"filename": "x"}) == NO_TARGET


def test_what_this_server_cannot_make(exports: Exports, dashboard: Dashboard) -> None:
    """It says so instead of failing oddly."""
    recording = {"session_recording_id": "0190-abc"}
    assert exports.failure("video/mp4", recording) == NO_RENDERER
    assert exports.failure(JSON, recording) == "There is no recording of this session."
    assert exports.failure(CSV, dashboard=dashboard.pk) == "Export to format text/csv is not supported for dashboards"


def test_the_list_has_the_callers_own(exports: Exports, insight: Insight) -> None:
    """The newest first, by format, path and recording; of nobody else, none whose time is over."""
    path = f"/api/projects/{exports.api.project.pk}/persons/"
    ids = [
        exports.ask(*given).json()["id"]
        for given in ((CSV, ONE), (JSON, {"path": path}), (PNG, {"session_recording_id": "r1"}))
    ]
    over = exports.ask(CSV, ONE).json()["id"]
    ExportedAsset.objects.filter(pk=over).update(expires_after=timezone.now())

    def listed(query: str = "") -> list[int]:
        body = exports.api.send("GET", f"exports/{query}").json()
        assert set(body) == {"count", "next", "previous", "results"}
        return [each["id"] for each in body["results"]]

    assert listed() == ids[::-1]
    assert listed("?export_format=text/csv") == ids[:1]
    assert listed("?export_format=nonsense") == ids[::-1]
    assert listed("?context_path=PERSONS") == [ids[1]]
    assert listed("?session_recording_id=r1") == [ids[2]]
    assert listed("?limit=1&offset=1") == [ids[1]]
    assert exports.api.send("GET", f"exports/{over}/").json() == NOT_FOUND


def test_only_who_asked_reads_it(exports: Exports) -> None:
    """For another member there is nothing, apart from exports of recordings; for other projects nothing at all."""
    mine = exports.make(CSV, ONE)["id"]
    replay = exports.make(JSON, {"session_recording_id": "r1"})["id"]
    colleague = Exports(make_api(exports.api.project, exports.api.store, scopes=["*"]))
    stranger = Exports(make_api(make_project(), exports.api.store, scopes=["*"]))
    for path in (f"exports/{mine}/", f"exports/{mine}/content/"):
        for somebody in (colleague, stranger):
            answer = somebody.api.send("GET", path)
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert colleague.get(replay)["id"] == replay
    assert colleague.api.send("GET", "exports/").json()["results"] == []
    assert stranger.api.send("GET", f"exports/{replay}/").status_code == 404
    assert stranger.api.send("GET", f"../{exports.api.project.pk}/exports/{mine}/").status_code in (403, 404)
    answer = stranger.api.client.get(
        f"/api/projects/{exports.api.project.pk}/exports/{mine}/content/",
        headers={"Authorization": f"Bearer {stranger.api.key}"},
    )
    assert answer.status_code in (403, 404)


def test_what_was_deleted_cannot_be_read(exports: Exports, insight: Insight) -> None:
    """Access to what is shown is looked at each time."""
    made = exports.make(CSV, insight=insight.pk)
    assert made["has_content"]
    insight.deleted = True
    insight.save()
    assert exports.api.send("GET", f"exports/{made['id']}/").status_code == 404
    assert exports.content(made["id"]).status_code == 404


def test_a_key_must_be_able_to_read_what_it_exports(exports: Exports, insight: Insight, dashboard: Dashboard) -> None:
    """`export:write` alone is not enough; nor does a path lead around the other scopes."""
    own = f"/api/projects/{exports.api.project.pk}"
    for fields, scope in (
        ({"export_context": ONE}, "query:read"),
        ({"insight": insight.pk}, "insight:read"),
        ({"dashboard": dashboard.pk}, "dashboard:read"),
        ({"export_context": {"session_recording_id": "r1"}}, "session_recording:read"),
        ({"export_context": {"path": f"{own}/persons/"}}, "person:read"),
    ):
        narrow = make_api(exports.api.project, exports.api.store, scopes=["export:write"])
        answer = narrow.send("POST", "exports/", {"export_format": PNG, **fields})
        assert (answer.status_code, answer.json()) == (403, denied(f"API key missing required scope '{scope}'"))
        wider = make_api(exports.api.project, exports.api.store, scopes=["export:write", scope])
        assert wider.send("POST", "exports/", {"export_format": PNG, **fields}).status_code == 201
    reading = make_api(exports.api.project, exports.api.store, scopes=["export:read"])
    assert reading.send("POST", "exports/", {"export_format": CSV, "export_context": ONE}).status_code == 403
    assert reading.send("GET", "exports/").status_code == 200


def test_nothing_else_can_be_done_with_an_export(exports: Exports) -> None:
    """It is neither changed nor deleted through the API."""
    made = exports.ask(CSV, ONE).json()["id"]
    for method in ("PUT", "PATCH", "DELETE"):
        answer = exports.api.send(method, f"exports/{made}/", {})
        assert answer.status_code == 405
        expected = error("method_not_allowed", f'Method "{method}" not allowed.', type="invalid_request")
        assert answer.json() == expected
    for odd in ("abc", "9" * 40, "-1"):
        assert exports.api.send("GET", f"exports/{odd}/").status_code == 404


def test_the_activity_log_tells_of_exports(
    exports: Exports, insight: Insight, dashboard: Dashboard, django_capture_on_commit_callbacks: Any
) -> None:
    """Of an insight in the insight's own, else as an export of its own; each once."""
    with django_capture_on_commit_callbacks(execute=True):
        exports.ask(PNG, insight=insight.pk)
        made = exports.ask(CSV, ONE).json()["id"]
        exports.ask(PNG, dashboard=dashboard.pk)
    (entry,) = exports.api.send("GET", f"insights/{insight.pk}/activity/").json()["results"]
    assert (entry["activity"], entry["scope"], entry["item_id"]) == ("exported", "Insight", str(insight.pk))
    assert entry["detail"]["name"] == "Sign-ups & more"
    assert entry["detail"]["changes"] == [
        {"type": "Insight", "action": "exported", "field": "export_format", "before": None, "after": PNG}
    ]
    log = exports.api.send("GET", "activity_log/?scope=ExportedAsset").json()["results"]
    assert [(each["detail"]["name"], each["detail"]["type"]) for each in log] == [
        ("Übersicht", "dashboard"),
        ("SQL query results", "unknown"),
    ]
    assert log[1]["item_id"] == str(made)


def test_parts_of_a_file(exports: Exports) -> None:
    """By the range that is asked for, from the start, the end or between; none beyond the end."""
    made = exports.make(CSV, hogql("select number as n from numbers(4)"))["id"]
    whole = b"n\r\n0\r\n1\r\n2\r\n3\r\n"
    for asked, expected, told in (
        ("bytes=0-1", b"n\r", "bytes 0-1/15"),
        ("bytes=3-", whole[3:], "bytes 3-14/15"),
        ("bytes=-3", b"3\r\n", "bytes 12-14/15"),
        ("bytes=10-99", whole[10:], "bytes 10-14/15"),
    ):
        answer = exports.content(made, Range=asked)
        assert (answer.status_code, answer["Content-Range"], read(answer)) == (206, told, expected)
        assert answer["Content-Length"] == str(len(expected))
    for odd in ("bytes=a-b", "lines=1-2", "bytes=5-2", "bytes=0-1,3-4", "bytes=-"):
        answer = exports.content(made, Range=odd)
        assert (answer.status_code, read(answer)) == (200, whole)
    beyond = exports.content(made, Range="bytes=15-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */15")


def test_one_that_nobody_is_at_any_more_says_so(exports: Exports) -> None:
    """After ten minutes and a half, without changing anything."""
    made = exports.ask(CSV, ONE).json()["id"]
    mine = ExportedAsset.objects.filter(pk=made)
    mine.update(created_at=timezone.now() - timedelta(seconds=600))
    assert exports.get(made)["exception"] is None
    mine.update(created_at=timezone.now() - timedelta(seconds=640))
    assert exports.get(made)["exception"] == STUCK
    assert mine.get().exception is None


def test_what_is_over_is_removed(exports: Exports) -> None:
    """With its file, and files of which nobody knows any more."""
    over, live = exports.make(CSV, ONE)["id"], exports.make(CSV, ONE)["id"]
    ExportedAsset.objects.filter(pk=over).update(expires_after=timezone.now())
    project = exports.api.project.pk
    orphan = f"exports/{project}/{live + 1_000}"
    store().put(orphan, [b"left behind"])
    left = work_folder() / str(live)
    left.mkdir(parents=True)
    forget_expired()
    assert not left.exists()
    assert not ExportedAsset.objects.filter(pk=over).exists()
    assert list(store().keys(f"exports/{project}")) == [f"exports/{project}/{live}"]
    assert exports.content(live).status_code == 200


def test_a_user_is_asked_for(exports: Exports) -> None:
    """Without an account there is nothing."""
    answer: Any = exports.api.client.get(f"/api/projects/{exports.api.project.pk}/exports/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert User.objects.count() == 1
