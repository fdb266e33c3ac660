"""Capture learns of projects as soon as they are made, changed or deleted."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from hedgerow.capture.projects import ProjectDirectory
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from hedgerow.projects.publishing import publish_projects
from tests.accounts import Account, make_account

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"


@pytest.fixture
def published(settings: Any, tmp_path: Path) -> ProjectDirectory:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"data_dir": tmp_path})
    settings.HEDGEROW.__dict__.pop("projects_file", None)
    return ProjectDirectory(tmp_path / "projects.json")


@pytest.fixture
def ada(published: ProjectDirectory) -> Account:
    return make_account()


def test_a_new_project_is_known_at_once(published: ProjectDirectory, ada: Account) -> None:
    made = ada.api().post("/api/projects/", {"name": "Blog"}, content_type=JSON).json()
    found = published.find(made["api_token"])
    assert found is not None
    assert found.id == made["id"]


def test_a_reset_token_replaces_the_old_one(published: ProjectDirectory, ada: Account) -> None:
    assert published.find(ada.project.api_token) is not None
    new = ada.api().patch(f"/api/projects/{ada.project.id}/reset_token/").json()["api_token"]
    assert published.find(new) is not None
    assert published.find(ada.project.api_token) is None


def test_settings_that_capture_follows_are_passed_on(published: ProjectDirectory, ada: Account) -> None:
    changed = ada.api().patch(
        f"/api/projects/{ada.project.id}/",
        {"anonymize_ips": True, "drop_events_older_than": "30 00:00:00"},
        content_type=JSON,
    )
    assert changed.json()["drop_events_older_than"] == "30 00:00:00"
    ProjectDirectory.find(published, "phc_unknown")  # an unknown token has the file looked at
    found = published.find(ada.project.api_token)
    assert found is not None
    assert found.anonymize_ips is True
    assert found.drop_events_older_than == 30 * 24 * 3600


def test_how_sessions_are_recorded_is_passed_on_when_they_are(published: ProjectDirectory, ada: Account) -> None:
    chosen = {
        "capture_console_log_opt_in": True,
        "session_recording_sample_rate": "0.5",
        "session_recording_minimum_duration_milliseconds": 2_000,
        "session_recording_linked_flag": {"id": 3, "key": "record", "variant": "yes"},
        "session_recording_network_payload_capture_config": {"recordBody": True, "other": 1},
        "session_recording_masking_config": {"maskAllInputs": False, "maskTextSelector": ".secret"},
        "session_recording_url_blocklist_config": [{"url": "/pay", "matching": "regex"}],
        "session_recording_event_trigger_config": ["bought", None],
        "session_recording_trigger_match_type_config": "any",
        "session_replay_config": {"record_canvas": True},
    }

    def told(**changed: object) -> Any:
        changed = {**chosen, **changed}
        answer = ada.api().patch(f"/api/projects/{ada.project.id}/", changed, content_type=JSON)
        assert answer.status_code == 200, answer.content
        published.find("phc_unknown")
        found = published.find(ada.project.api_token)
        assert found is not None
        return found.session_recording

    assert told() is None
    assert told(session_recording_opt_in=True) == {
        "endpoint": "/s/",
        "consoleLogRecordingEnabled": True,
        "recorderVersion": "v2",
        "sampleRate": "0.50",
        "minimumDurationMilliseconds": 2_000,
        "linkedFlag": {"flag": "record", "variant": "yes"},
        "networkPayloadCapture": {"recordBody": True},
        "masking": {"maskAllInputs": False, "maskTextSelector": ".secret"},
        "urlTriggers": [],
        "urlBlocklist": [{"url": "/pay", "matching": "regex"}],
        "eventTriggers": ["bought"],
        "triggerMatchType": "any",
        "scriptConfig": None,
        "recordCanvas": True,
        "canvasFps": 3,
        "canvasQuality": "0.4",
    }
    assert told(session_recording_sample_rate="1.00")["sampleRate"] is None


def test_a_deleted_organization_takes_its_projects_along(published: ProjectDirectory, ada: Account) -> None:
    assert published.find(ada.project.api_token) is not None
    ada.api().delete(f"/api/organizations/{ada.organization.id}/")
    published.find("phc_unknown")
    assert published.find(ada.project.api_token) is None


def test_what_is_rolled_back_is_never_published(published: ProjectDirectory, ada: Account) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        project = Project.objects.create(organization=ada.organization, name="Never")
        raise RuntimeError
    assert published.find(project.api_token) is None


def test_the_file_is_written_for_whoever_asks(published: ProjectDirectory, ada: Account, tmp_path: Path) -> None:
    (tmp_path / "projects.json").unlink()
    publish_projects()
    assert published.find(ada.project.api_token) is not None


def test_many_at_once_lose_nothing(published: ProjectDirectory, ada: Account) -> None:
    def make(number: int) -> None:
        try:
            Project.objects.create(organization=Organization.objects.get(), name=f"Project {number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Project.objects.count() == 9
    assert all(published.find(token) for token in Project.objects.values_list("api_token", flat=True))
