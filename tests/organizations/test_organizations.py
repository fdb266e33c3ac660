"""`/api/organizations/`: reading, making, changing and deleting."""

from typing import Any

import pytest

from hedgerow.api.levels import Level
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from tests.accounts import Account, denied, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def ada() -> Account:
    return make_account()


def path(account: Account) -> str:
    return f"/api/organizations/{account.organization.id}/"


def test_an_organization_shows_itself_to_a_member(ada: Account) -> None:
    body = member_of(ada).api("organization:read").get(path(ada)).json()
    assert body["name"] == "Acme"
    assert body["slug"] == "acme"
    assert body["membership_level"] == 1
    assert body["member_count"] == 2
    assert body["teams"] == body["projects"]
    assert [project["name"] for project in body["projects"]] == ["Shop"]
    assert body["metadata"] == {"instance_tag": "none"}
    assert {"key", "name"} == set(body["available_product_features"][0])


def test_slugs_are_unique_and_stay() -> None:
    first, second, odd = (Organization.objects.create(name=name) for name in ("Acme", "ACME", "株式会社"))
    assert [first.slug, second.slug, odd.slug] == ["acme", "acme-2", "organization"]
    first.name = "Renamed"
    first.save()
    assert first.slug == "acme"


def test_only_admins_change_it_and_only_owners_delete_it(ada: Account) -> None:
    change = {"name": "New name", "slug": "ignored"}
    refused = member_of(ada).api().patch(path(ada), change, content_type=JSON)
    assert (refused.status_code, refused.json()) == (403, denied("Your organization access level is insufficient."))
    admin = member_of(ada, Level.ADMIN)
    changed = admin.api().patch(path(ada), change, content_type=JSON).json()
    assert (changed["name"], changed["slug"]) == ("New name", "acme")
    assert admin.api().delete(path(ada)).status_code == 403
    assert ada.api().delete(path(ada)).status_code == 204
    assert ada.api().get(path(ada)).status_code == 404
    assert not Project.objects.filter(pk=ada.project.pk).exists()


def test_further_organizations_are_made_only_when_sign_up_is_open(ada: Account, settings: Any) -> None:
    refused = ada.api().post("/api/organizations/", {"name": "Second"}, content_type=JSON)
    assert refused.status_code == 403
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"allow_signup": True})
    made = ada.session().post("/api/organizations/", {"name": "Second"}, content_type=JSON)
    assert made.status_code == 201
    assert made.json()["membership_level"] == 15
    assert [project["name"] for project in made.json()["projects"]] == ["Default project"]
    assert ada.api().get("/api/users/@me/").json()["organization"]["name"] == "Second"
