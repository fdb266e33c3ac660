"""The pages of a project's settings: what its members see there and what its admins change."""

import re
from typing import Any

import pytest

from hedgerow.access.changing import Subject, set_rule
from hedgerow.access.models import AccessControl
from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.organizations.keys import hash_key
from hedgerow.organizations.models import Membership
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.projects.models import Project
from tests.accounts import Account, make_account, member_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Account:
    return make_account()


def address(account: Account, page: str = "") -> str:
    return f"/project/{account.project.pk}/settings{page}"


def text(account: Account, page: str = "") -> str:
    answer = account.session().get(address(account, page))
    assert answer.status_code == 200, (page, answer.status_code)
    return str(answer.content.decode())


def send(account: Account, page: str, do: str, **fields: Any) -> Any:
    """The page seen after a form was sent."""
    return account.session().post(address(account, page), {"do": do, **fields}, follow=True)


def refused(account: Account, page: str, do: str, **fields: Any) -> str:
    """What the page says of a form that is refused."""
    answer = account.session().post(address(account, page), {"do": do, **fields})
    assert answer.status_code in (400, 403), answer.status_code
    found = re.search(r'<p class="alert" role="alert">(.*?)</p>', answer.content.decode())
    assert found is not None
    return found[1].replace("&#x27;", "'")


def stored(account: Account) -> Project:
    return Project.objects.get(pk=account.project.pk)


@pytest.mark.parametrize("page", ["", "/keys", "/access"])
def test_members_see_the_pages_and_others_none(ada: Account, page: str) -> None:
    assert member_of(ada).session().get(address(ada, page)).status_code == 200
    assert make_account("Other").session().get(address(ada, page)).status_code == 404


def test_settings_are_changed(ada: Account, django_capture_on_commit_callbacks: Any) -> None:
    fields = {"name": "Shop 2", "timezone": "Europe/Berlin", "week_start_day": "1", "base_currency": "eur"}
    with django_capture_on_commit_callbacks(execute=True):
        send(ada, "", "save", **fields, app_urls="https://a.example\nhttps://b.example", anonymize_ips="on")
    project = stored(ada)
    assert (project.name, project.timezone, project.week_start_day, project.base_currency) == (
        *("Shop 2", "Europe/Berlin", 1, "EUR"),
    )
    assert project.app_urls == ["https://a.example", "https://b.example"]
    assert project.anonymize_ips is True
    assert ActivityLog.objects.get(scope="Team").user == ada.user


def test_what_cannot_be_is_told_and_stays_in_the_form(ada: Account) -> None:
    sent = {"do": "save", "name": "New name", "timezone": "Mars/Base", "base_currency": "EUR"}
    answer = ada.session().post(address(ada), sent)
    assert answer.status_code == 400
    assert 'value="New name"' in answer.content.decode()
    assert stored(ada).name == "Shop"


def test_admins_replace_the_tokens(ada: Account) -> None:
    before = stored(ada).api_token
    send(ada, "", "reset-token")
    assert stored(ada).api_token != before
    send(ada, "", "rotate-secret")
    first = stored(ada).secret_api_token
    assert first is not None
    assert first in text(ada)
    assert first not in text(member_of(ada))
    send(ada, "", "rotate-secret")
    assert stored(ada).secret_api_token_backup == first
    send(ada, "", "drop-backup")
    assert stored(ada).secret_api_token_backup is None


@pytest.mark.parametrize("do", ["reset-token", "rotate-secret", "drop-backup", "delete"])
def test_members_do_not(ada: Account, do: str) -> None:
    before = stored(ada)
    assert refused(member_of(ada), "", do, confirm="Shop") == "You don't have sufficient permissions in the project."
    assert (stored(ada).api_token, stored(ada).secret_api_token) == (before.api_token, before.secret_api_token)


def test_a_project_moves_to_another_organization_of_its_admin(ada: Account) -> None:
    other = make_account("Other")
    assert refused(ada, "", "move", organization=other.organization.pk) == "Choose an organization."
    place = Membership.objects.create(organization=other.organization, user=ada.user, level=Level.MEMBER)
    assert refused(ada, "", "move", organization=other.organization.pk).endswith("is insufficient.")
    place.level = Level.ADMIN
    place.save()
    assert "Other" in text(ada)
    send(ada, "", "move", organization=other.organization.pk)
    assert stored(ada).organization == other.organization


def test_a_project_is_deleted_by_who_writes_its_name(ada: Account) -> None:
    assert refused(ada, "", "delete", confirm="shop") == "Write the name of the project to delete it."
    ada.session().post(address(ada), {"do": "delete", "confirm": "Shop"})
    assert not Project.objects.filter(pk=ada.project.pk).exists()


def value_in(answer: Any) -> str:
    found = re.search(r'id="key-value">([^<]+)<', answer.content.decode())
    assert found is not None
    return found[1]


def test_a_secret_key_lives(ada: Account) -> None:
    value = value_in(send(ada, "/keys", "new", label="ci", scope=["feature_flag:read"]))
    key = ProjectSecretAPIKey.objects.get()
    assert (key.secure_value, key.scopes, key.created_by) == (hash_key(value), ["feature_flag:read"], ada.user)
    page = text(ada, "/keys")
    assert key.mask_value in page
    assert value not in page
    send(ada, f"/keys/{key.pk}", "save", label="builds", scope=["feature_flag:read", "experiment:read"])
    rolled = value_in(send(ada, f"/keys/{key.pk}", "roll"))
    key.refresh_from_db()
    assert (key.label, len(key.scopes), key.secure_value) == ("builds", 2, hash_key(rolled))
    send(ada, f"/keys/{key.pk}", "delete")
    assert not ProjectSecretAPIKey.objects.exists()


def test_a_secret_key_is_made_by_the_rules_of_the_api(ada: Account) -> None:
    send(ada, "/keys", "new", label="ci", scope=["feature_flag:read"])
    assert refused(ada, "/keys", "new", scope=["feature_flag:read"]) == "Give the key a name."
    assert refused(ada, "/keys", "new", label="x") == "Choose at least one thing that the key may do."
    assert "can not be assigned" in refused(ada, "/keys", "new", label="x", scope=["person:read"])
    assert "already exists" in refused(ada, "/keys", "new", label="ci", scope=["feature_flag:read"])
    assert ProjectSecretAPIKey.objects.count() == 1


def test_members_see_the_keys_and_change_none(ada: Account) -> None:
    send(ada, "/keys", "new", label="ci", scope=["feature_flag:read"])
    key, member = ProjectSecretAPIKey.objects.get(), member_of(ada)
    assert "ci" in text(member, "/keys")
    assert refused(member, "/keys", "new", label="x", scope=["feature_flag:read"])
    assert member.session().post(address(ada, f"/keys/{key.pk}"), {"do": "delete"}).status_code == 404
    assert make_account("Other").session().get(address(ada, f"/keys/{key.pk}")).status_code == 404
    assert ProjectSecretAPIKey.objects.count() == 1


def test_access_rules_are_made_changed_and_removed(ada: Account) -> None:
    bob = member_of(ada)
    role = ada.organization.roles.create(name="Support")
    who = f"member:{ada.organization.memberships.get(user=bob.user).pk}"
    send(ada, "/access", "set", resource="project", who="everybody", level="none")
    assert bob.session().get(address(ada)).status_code == 404, "nobody has a level by themselves any more"
    send(ada, "/access", "set", resource="project", who=who, level="member")
    assert bob.session().get(address(ada)).status_code == 200
    send(ada, "/access", "set", resource="dashboard", who=f"role:{role.pk}", level="viewer")
    assert "Support" in text(bob, "/access")
    send(ada, "/access", "remove", resource="dashboard", who=f"role:{role.pk}")
    send(ada, "/access", "set", resource="project", who="everybody", level="member")
    rule = AccessControl.objects.get()
    assert (rule.membership, rule.access_level) == (bob.user.memberships.get(), "member")


def test_who_does_not_administer_the_project_changes_no_rule(ada: Account) -> None:
    bob = member_of(ada)
    own = f"member:{ada.organization.memberships.get(user=bob.user).pk}"
    assert refused(bob, "/access", "set", resource="project", who=own, level="admin")
    assert refused(bob, "/access", "remove", resource="project", who="everybody")
    assert not AccessControl.objects.exists()
    set_rule(Subject(ada.project), "admin", ada.user, bob.user.memberships.get().pk)
    send(bob, "/access", "set", resource="insight", who="everybody", level="viewer")
    assert AccessControl.objects.filter(resource="insight").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"resource": "moon", "who": "everybody", "level": "member"},
        {"resource": "project", "who": "everybody", "level": "viewer"},
        {"resource": "project", "who": "member:x", "level": "member"},
        {"resource": "project", "who": "role:00000000-0000-0000-0000-000000000000", "level": "member"},
    ],
)
def test_rules_that_cannot_be_are_refused(ada: Account, fields: dict[str, str]) -> None:
    assert refused(ada, "/access", "set", **fields)
    assert not AccessControl.objects.exists()
