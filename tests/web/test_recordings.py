"""Pages of recordings: the list, the switch, the player, and where else they are named."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from hedgerow.access.models import AccessControl
from hedgerow.activity.models import ActivityLog
from hedgerow.eventstore.client import EventStore
from hedgerow.recordings.loading import RecordingLoader
from hedgerow.recordings.models import RecordingView
from hedgerow.settings import load_settings
from hedgerow.spool.recording_lines import RecordingLine
from tests.queries.asking import make_project
from tests.recordings import shop
from tests.recordings.spooling import piece, write_segment
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


class Watcher(Visitor):
    """A member who looks at recordings, and the visits that are recorded."""

    folder: Path

    def record(self, session: str, distinct_id: str = "ann", until: int | None = None) -> None:
        """The visit `shop` as a session of its own, or the first events of it."""
        line: RecordingLine = piece(self.project.pk, session, *shop.visit()[:until], distinct_id=distinct_id)
        settings = load_settings(data_dir=self.folder)
        write_segment(settings, [line])
        assert RecordingLoader(settings, self.events.store).load_once()

    def listed(self, **query: str) -> list[str]:
        """The sessions in the list, in its order."""
        found = re.findall(
            rf'<th scope="row"><a href="/project/{self.project.pk}/replay/([^"]+)"', self.text("replay", **query)
        )
        return [str(each) for each in found]


@pytest.fixture
def watcher(visitor: Visitor, event_store: EventStore, tmp_path: Path) -> Watcher:
    watcher = Watcher(visitor.project, event_store, email="grace@example.com")
    watcher.folder = tmp_path
    return watcher


def test_while_nothing_is_recorded_the_page_says_how_to_begin(watcher: Watcher) -> None:
    page = watcher.text("replay")
    assert "Nothing is recorded at the moment" in page
    assert watcher.project.api_token in page
    assert "They appear here once recording is on." in page


def test_recording_is_switched_on_and_off(
    watcher: Watcher, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    address = f"/project/{watcher.project.pk}/replay/switch"
    for value in ("on", "off"):
        assert watcher.client.get(address).status_code == 405
        with django_capture_on_commit_callbacks(execute=True):
            answer = watcher.client.post(address, {"record": value}, follow=True)
        assert ("Recording is on" in answer.content.decode()) is (value == "on")
        watcher.project.refresh_from_db()
        assert watcher.project.session_recording_opt_in is (value == "on")
    changes = [each.detail["changes"][0] for each in ActivityLog.objects.filter(scope="Team").order_by("pk")]
    assert [(each["field"], each["before"], each["after"]) for each in changes] == [
        ("session_recording_opt_in", False, True),
        ("session_recording_opt_in", True, False),
    ]


def test_the_list_tells_who_was_there_and_what_they_did(watcher: Watcher) -> None:
    person = make_person(watcher, "ann", email="ann@example.com")
    watcher.record("whole")
    page = watcher.text("replay")
    assert f'<a href="/project/{watcher.project.pk}/persons/{person.uuid}">ann@example.com</a>' in page
    assert "shop.example/garden" in page and "from=letter" not in page
    assert re.findall(r'<td class="number">([^<]*)</td>', page)[:4] == ["1:05", "0:03", "2", "1"]
    assert "going on" in page and "watched" not in page.partition("<table")[2]


def test_the_list_is_narrowed(watcher: Watcher) -> None:
    person = make_person(watcher, "ann", email="ann@example.com")
    watcher.record("whole")
    watcher.record("brief", distinct_id="bob", until=4)
    assert set(watcher.listed()) == {"whole", "brief"}
    assert watcher.listed(order="duration") == ["whole", "brief"]
    assert watcher.listed(length="10") == ["whole"]
    for name in ("ann@example.com", "ann", str(person.uuid)):
        assert watcher.listed(person=name) == ["whole"]
    assert watcher.listed(person="nobody") == []
    assert watcher.get("replay/whole").status_code == 200
    assert watcher.listed(unseen="on") == ["brief"]
    assert "None fits what you look for." in watcher.text("replay", length="300")
    assert set(watcher.listed(date="nonsense", length="-1", order="'")) == {"whole", "brief"}
    assert "Invalid cursor." in watcher.text("replay", after="xx")


def test_the_player_shows_what_happened_and_notes_who_watched(watcher: Watcher, visitor: Visitor) -> None:
    watcher.record("whole")
    start = watcher.events.store.query("SELECT min(first_timestamp) FROM recording_blocks WHERE session_id = 'whole'")
    watcher.send(
        "bought", "ann", start.rows[0][0], **{"$session_id": "whole", "$current_url": "https://shop.example/a"}
    )
    watcher.send("elsewhere", "ann", start.rows[0][0], **{"$session_id": "other"})

    response = watcher.get("replay/whole", t="2.5")

    page = response.content.decode()
    assert f'data-recording="/api/projects/{watcher.project.pk}/session_recordings/whole/snapshots"' in page
    assert 'data-from="2.5"' in page
    assert 'data-moment="0"' in page and "bought" in page and "elsewhere" not in page
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "default-src 'none'" in policy and "unsafe-eval" not in policy
    assert RecordingView.objects.get().user == watcher.user
    assert f"Also watched by {watcher.user.email}" in visitor.text("replay/whole")


def test_a_deleted_recording_is_gone(watcher: Watcher) -> None:
    watcher.record("whole")
    place = f"/project/{watcher.project.pk}/replay/whole"
    assert "The recording is deleted." in watcher.client.post(f"{place}/delete", follow=True).content.decode()
    answer = watcher.get("replay/whole")
    assert answer.status_code == 404
    assert f"by {watcher.user.email}" in answer.content.decode()
    assert watcher.client.post(f"{place}/delete").status_code == 404
    assert watcher.listed() == []


def test_recordings_of_others_are_not_found(watcher: Watcher) -> None:
    stranger = Visitor(make_project(), watcher.events.store, email="mallory@example.com")
    watcher.record("whole")
    assert stranger.get("replay/whole").status_code == 404
    for path in ("", "/whole"):
        assert stranger.client.get(f"/project/{watcher.project.pk}/replay{path}").status_code == 404
        assert Client().get(f"/project/{watcher.project.pk}/replay{path}").status_code == 302
    for path in ("switch", "whole/delete"):
        assert stranger.client.post(f"/project/{watcher.project.pk}/replay/{path}").status_code == 404
    assert watcher.listed() == ["whole"]


def test_a_person_and_an_event_lead_to_the_recording(watcher: Watcher) -> None:
    person = make_person(watcher, "ann", email="ann@example.com")
    watcher.record("whole")
    at = watcher.events.store.query("SELECT max(last_timestamp) FROM recording_blocks WHERE session_id = 'whole'").rows[
        0
    ][0]
    event = watcher.send("bought", "ann", at, **{"$session_id": "whole"})
    without = watcher.send("bought", "ann", at, **{"$session_id": "unknown"})

    assert f"/project/{watcher.project.pk}/replay/whole" in watcher.text(f"persons/{person.uuid}", show="recordings")
    assert f"/replay/whole?t={(shop.LENGTH / 1000) - 3:.1f}" in watcher.text(f"events/{event}")
    assert "Watch the recording" not in watcher.text(f"events/{without}")


def test_who_may_only_view_recordings_is_offered_no_changes(watcher: Watcher) -> None:
    watcher.record("whole")
    AccessControl.objects.create(project=watcher.project, resource="session_recording", access_level="viewer")
    assert "Turn recording on" not in watcher.text("replay")
    assert watcher.client.post(f"/project/{watcher.project.pk}/replay/switch", {"record": "on"}).status_code == 404
    watcher.project.refresh_from_db()
    assert not watcher.project.session_recording_opt_in
    player = watcher.text("replay/whole")
    assert 'id="export"' in player and 'id="share"' not in player and "Delete for good" not in player


def test_who_may_not_see_recordings_is_led_to_none(watcher: Watcher) -> None:
    person = make_person(watcher, "ann", email="ann@example.com")
    watcher.record("whole")
    at = watcher.events.store.query("SELECT max(last_timestamp) FROM recording_blocks WHERE session_id = 'whole'")
    event = watcher.send("bought", "ann", at.rows[0][0], **{"$session_id": "whole"})
    pages = {f"events/{event}": {}, f"persons/{person.uuid}": {"show": "recordings"}, "persons": {}}
    pages["search"] = {"q": "recordings"}
    for page, query in pages.items():
        assert "/replay" in watcher.text(page, **query), page
    AccessControl.objects.create(project=watcher.project, resource="session_recording", access_level="none")
    for page, query in pages.items():
        assert "/replay" not in watcher.text(page, **query), page
    for page in ("replay", "replay/whole", "sharing/recording/whole", "exports/new?of-recording=whole"):
        assert watcher.get(page).status_code == 404, page
