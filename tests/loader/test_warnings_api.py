"""`GET /api/projects/:id/ingestion_warnings/`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from hedgerow.api.levels import Level
from hedgerow.eventstore.client import EventStore
from hedgerow.loader.service import Loader
from hedgerow.projects.models import Project
from hedgerow.spool.lines import NOT_AN_EVENT, Line
from tests.accounts import Account, add_member
from tests.loader.spooling import settings_in, write_segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(project: Project) -> Account:
    return Account(add_member(project.organization, Level.OWNER), project.organization, project)


def warning(team: int, kind: str, distinct_id: str = "ann", days_ago: float = 0, details: bytes = b"{}") -> Line:
    now = f"{datetime.now(UTC) - timedelta(days=days_ago):%Y-%m-%d %H:%M:%S.%f}"
    return Line(k=NOT_AN_EVENT, t=team, d=distinct_id, now=now, r=kind, w=msgspec.Raw(details))


def test_warnings_are_summed_up_by_type(tmp_path: Path, event_store: EventStore, account: Account) -> None:
    team, other = account.project.pk, account.project.pk + 1
    settings = settings_in(tmp_path)
    write_segment(
        settings,
        [
            *(warning(team, "message_size_too_large", f"user{n}", days_ago=2) for n in range(60)),
            warning(team, "message_size_too_large", days_ago=1, details=b'{"size":7}'),
            warning(team, "missing_event_name"),
            warning(team, "long_ago", days_ago=40),
            warning(other, "of_another_project"),
        ],
    )
    Loader(settings, event_store).load_once()

    path = f"/api/projects/{team}/ingestion_warnings/"
    answer = account.api("ingestion_warning:read").get(path)
    assert answer.status_code == 200, answer.content
    missing, large = answer.json()["results"]
    assert (missing["type"], missing["count"]) == ("missing_event_name", 1)
    assert (large["type"], large["count"], len(large["warnings"])) == ("message_size_too_large", 61, 50)
    assert [count for count, _ in large["sparkline"]] == [60, 1]
    newest = large["warnings"][0]
    assert newest["details"] == {"distinctId": "ann", "size": 7}
    assert newest["timestamp"] == large["lastSeen"]

    found = account.api().get(f"/api/environments/{team}/ingestion_warnings", {"q": "USER59"}).json()["results"]
    assert [(one["type"], one["count"]) for one in found] == [("message_size_too_large", 1)]


@pytest.mark.parametrize("search", ["'", "%", "\\", "é", "{x:String}"])
def test_any_text_can_be_looked_for(account: Account, event_store: EventStore, search: str) -> None:
    answer = account.api().get(f"/api/projects/{account.project.pk}/ingestion_warnings/", {"q": search})
    assert (answer.status_code, answer.json()) == (200, {"results": []})


def test_a_key_without_the_scope_is_refused(account: Account) -> None:
    answer = account.api("query:read").get(f"/api/projects/{account.project.pk}/ingestion_warnings/")
    assert answer.status_code == 403
