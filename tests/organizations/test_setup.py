"""The set-up from the command line: run it as often as you like, it ends in the same place."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate

from hedgerow.organizations.models import Organization, PersonalAPIKey, User
from hedgerow.organizations.setup import SetupResult, set_up
from hedgerow.projects.models import Project
from tests.accounts import client_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"data_dir": tmp_path})
    return tmp_path


def run(**changes: str) -> SetupResult:
    return set_up(
        **{"email": "ada@example.com", "password": "any password", "organization": "Acme", "project": "Shop", **changes}
    )


def test_everything_is_made_and_the_key_opens_it(data_dir: Path) -> None:
    result = run()
    me = client_with(result.personal_api_key).get("/api/users/@me/").json()
    assert me["email"] == "ada@example.com"
    assert me["is_staff"] is True
    assert me["team"]["id"] == result.project_id
    assert me["team"]["api_token"] == result.project_api_key
    assert me["organization"]["id"] == result.organization_id
    kept = [path for path in data_dir.iterdir() if result.personal_api_key in path.read_text()]
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


def test_again_it_tells_the_same(data_dir: Path) -> None:
    assert run() == run()
    assert User.objects.count() == Organization.objects.count() == Project.objects.count() == 1
    assert PersonalAPIKey.objects.count() == 1


def test_another_project_is_added_and_published(data_dir: Path) -> None:
    first = run()
    second = run(project="Blog")
    assert second.organization_id == first.organization_id
    assert second.project_id != first.project_id
    assert second.personal_api_key == first.personal_api_key
    assert second.project_api_key in (data_dir / "projects.json").read_text()


def test_the_operator_gets_back_in_with_a_new_password() -> None:
    run()
    run(password="another password")
    assert authenticate(email="ada@example.com", password="another password") is not None
    assert authenticate(email="ada@example.com", password="any password") is None


def test_a_lost_or_deleted_key_is_made_anew(data_dir: Path) -> None:
    first = run()
    PersonalAPIKey.objects.all().delete()
    second = run()
    assert second.personal_api_key != first.personal_api_key
    assert client_with(second.personal_api_key).get("/api/users/@me/").status_code == 200
    for path in data_dir.glob("setup_key_*"):
        path.unlink()
    third = run()
    assert client_with(third.personal_api_key).get("/api/users/@me/").status_code == 200
    assert client_with(second.personal_api_key).get("/api/users/@me/").status_code == 401
    assert PersonalAPIKey.objects.count() == 1
