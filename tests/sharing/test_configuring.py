"""How something is shared is looked at and changed over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hedgerow.dashboards.models import RestrictionLevel
from hedgerow.organizations.models import Membership, User
from hedgerow.sharing.models import SharePassword, SharingConfiguration
from tests.queries.asking import make_project
from tests.sharing.sharing import Sharer

NOTHING_YET = {
    "created_at": None,
    "enabled": False,
    "access_token": None,
    "settings": None,
    "password_required": False,
    "share_passwords": [],
}


def places(sharer: Sharer) -> list[str]:
    """Paths of something of each kind that can be shared."""
    insight = sharer.insight()
    board = sharer.dashboard(insight)
    return [
        f"dashboards/{board.pk}",
        f"insights/{insight.pk}",
        f"insights/{insight.short_id}",
        f"session_recordings/{sharer.session()}",
    ]


def test_looking_stores_nothing(sharer: Sharer) -> None:
    for place in places(sharer):
        response = sharer.send("GET", place)
        assert (response.status_code, response.json()) == (200, NOTHING_YET)
    assert not SharingConfiguration.objects.exists()


def test_what_is_shared_has_a_token_that_outlives_switching_it_off(sharer: Sharer) -> None:
    for place in places(sharer)[:2]:
        shared = sharer.change(place, enabled=True)
        assert shared["enabled"] is True
        assert len(shared["access_token"]) == 30
        assert shared["created_at"] is not None
        assert sharer.change(place, enabled=False)["access_token"] == shared["access_token"]
        assert sharer.change(place, enabled=True)["access_token"] == shared["access_token"]


def test_an_insight_is_the_same_by_both_of_its_ids(sharer: Sharer) -> None:
    _, by_id, by_short_id, _ = places(sharer)
    assert sharer.share(by_id) == sharer.share(by_short_id)


def test_both_names_of_a_project_lead_to_the_same(sharer: Sharer) -> None:
    place = places(sharer)[-1]
    token = sharer.share(place)
    path = f"/api/environments/{sharer.api.project.pk}/{place}/sharing"
    headers = {"Authorization": f"Bearer {sharer.api.key}"}
    assert sharer.api.client.get(path, headers=headers).json()["access_token"] == token
    assert sharer.api.client.post(f"{path}/refresh", headers=headers).json()["access_token"] != token
    gone = sharer.api.client.delete(f"{path}/passwords/1/", headers=headers)
    assert (gone.status_code, gone.json()["detail"]) == (404, "Password not found")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("dashboards/999999", "Dashboard not found."),
        ("dashboards/x", "Dashboard not found."),
        ("insights/nosuchid", "Insight not found."),
        ("session_recordings/nobody-was-here", "Recording not found."),
    ],
)
def test_what_does_not_exist_cannot_be_shared(sharer: Sharer, place: str, told: str) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "refresh"), ("POST", "passwords")):
        response = sharer.send(method, place, path, {})
        assert response.status_code == 404
        assert response.json() == {"type": "invalid_request", "code": "not_found", "detail": told, "attr": None}


def test_things_of_another_project_do_not_exist(sharer: Sharer) -> None:
    board = sharer.dashboard()
    board.project = make_project()
    board.save()
    assert sharer.send("GET", f"dashboards/{board.pk}").status_code == 404


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"whitelabel": True, "theme": "dark", "nonsense": 1}, {"whitelabel": True, "theme": "dark"}),
        ({"legend": False}, {"legend": False}),
        ({}, {}),
        (None, None),
    ],
)
def test_known_settings_are_kept_as_they_are_given(sharer: Sharer, given: object, kept: object) -> None:
    place = places(sharer)[0]
    assert sharer.change(place, settings=given)["settings"] == kept
    assert sharer.send("GET", place).json()["settings"] == kept


@pytest.mark.parametrize("given", ["x", [], 1, {"theme": "pink"}, {"legend": "yes"}])
def test_settings_that_cannot_be_are_refused(sharer: Sharer, given: object) -> None:
    response = sharer.send("PATCH", places(sharer)[0], body={"settings": given})
    assert response.status_code == 400
    assert response.json() == {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "Invalid settings format",
        "attr": "settings",
    }


@pytest.mark.parametrize("field", ["enabled", "password_required"])
def test_a_switch_is_on_or_off(sharer: Sharer, field: str) -> None:
    place = places(sharer)[0]
    for given, told in ((None, "This field may not be null."), ("perhaps", "Must be a valid boolean.")):
        response = sharer.send("PATCH", place, body={field: given})
        assert (response.status_code, response.json()["attr"], response.json()["detail"]) == (400, field, told)


def test_a_new_token_keeps_everything_else(sharer: Sharer) -> None:
    place = places(sharer)[0]
    sharer.share(place, settings={"theme": "dark"}, password_required=True)
    sharer.password(place, raw_password="open sesame", note="team")
    before = sharer.send("GET", place).json()
    after = sharer.send("POST", place, "refresh/", {"enabled": False, "settings": None}).json()
    assert after["access_token"] != before["access_token"]
    assert [each["note"] for each in after["share_passwords"]] == ["team"]
    for name in ("enabled", "settings", "password_required"):
        assert after[name] == before[name], name
    hashes = SharePassword.objects.values_list("password_hash", flat=True)
    assert len(hashes) == 2
    assert len(set(hashes)) == 1


def test_the_replaced_token_ends_after_five_minutes(sharer: Sharer) -> None:
    place = places(sharer)[0]
    token = sharer.share(place)
    sharer.send("POST", place, "refresh/")
    left = SharingConfiguration.objects.get(access_token=token).expires_at - timezone.now()
    assert timedelta(seconds=290) < left <= timedelta(seconds=300)


def test_tokens_can_be_refreshed_before_anything_is_shared(sharer: Sharer) -> None:
    place = places(sharer)[0]
    made = sharer.send("POST", place, "refresh/").json()
    assert made["enabled"] is False
    assert sharer.change(place, enabled=True)["access_token"] == made["access_token"]


def test_passwords_are_told_once_and_listed_without_themselves(sharer: Sharer) -> None:
    place = places(sharer)[0]
    sharer.share(place, password_required=True)
    given = sharer.password(place, raw_password="open sesame", note="team")
    made = sharer.password(place)
    assert given["password"] == "open sesame"
    assert len(made["password"]) >= 20
    assert set(made) == {"id", "password", "note", "created_by_email"} | set(NOTHING_YET)
    listed = sharer.send("GET", place)
    assert "sesame" not in listed.content.decode()
    assert made["password"] not in listed.content.decode()
    newest, oldest = listed.json()["share_passwords"]
    assert (newest["id"], oldest["id"], oldest["note"]) == (made["id"], given["id"], "team")
    assert set(oldest) == {"id", "created_at", "note", "created_by_email", "is_active"}
    assert oldest["created_by_email"] == sharer.user.email
    assert "sesame" not in SharePassword.objects.get(pk=given["id"]).password_hash


def test_passwords_are_made_only_where_they_are_asked_for(sharer: Sharer) -> None:
    response = sharer.send("POST", places(sharer)[0], "passwords/", {"raw_password": "open sesame"})
    assert response.status_code == 400
    assert response.json() == {"error": "Password protection must be enabled before creating passwords"}


def test_short_passwords_and_long_notes_are_refused(sharer: Sharer) -> None:
    place = places(sharer)[0]
    sharer.change(place, password_required=True)
    short = sharer.send("POST", place, "passwords/", {"raw_password": "short"}).json()
    assert (short["attr"], short["detail"]) == ("raw_password", "Password must be at least 8 characters long.")
    assert short["code"] == "invalid_input"
    long = sharer.send("POST", place, "passwords/", {"note": "n" * 101}).json()
    assert (long["attr"], long["code"]) == ("note", "max_length")


def test_a_revoked_password_is_gone_under_all_tokens(sharer: Sharer) -> None:
    place = places(sharer)[0]
    sharer.share(place, password_required=True)
    sharer.password(place)
    current = sharer.send("POST", place, "refresh/").json()["share_passwords"][0]["id"]
    assert sharer.send("DELETE", place, f"passwords/{current}/").status_code == 204
    assert not SharePassword.objects.filter(is_active=True).exists()
    for gone in (current, 999, "x"):
        response = sharer.send("DELETE", place, f"passwords/{gone}/")
        assert (response.status_code, response.json()["detail"]) == (404, "Password not found")


def test_who_may_only_look_at_a_dashboard_does_not_share_it(sharer: Sharer) -> None:
    owner = User.objects.create_user("owner@example.com", "a password")
    Membership.objects.create(user=owner, organization=sharer.api.project.organization)
    member = sharer.user
    insight = sharer.insight()
    board = sharer.dashboard(insight, restriction_level=RestrictionLevel.COLLABORATORS)
    board.created_by = owner
    board.save()
    assert member != owner
    for place, what in ((f"dashboards/{board.pk}", "dashboard"), (f"insights/{insight.pk}", "insight")):
        assert sharer.send("GET", place).status_code == 200
        for method, path in (("PATCH", ""), ("POST", "refresh"), ("POST", "passwords"), ("DELETE", "passwords/1")):
            response = sharer.send(method, place, path, {})
            assert response.status_code == 403
            assert response.json()["detail"] == f"You don't have edit permissions for this {what}."


def test_an_organization_can_forbid_sharing(sharer: Sharer) -> None:
    organization = sharer.api.project.organization
    organization.allow_publicly_shared_resources = False
    organization.save()
    place = places(sharer)[0]
    response = sharer.send("PATCH", place, body={"enabled": True})
    assert response.status_code == 403
    assert response.json()["detail"] == "Public sharing is disabled for this organization."
    assert sharer.change(place, enabled=False)["enabled"] is False


def test_reading_needs_one_scope_and_changing_another(sharer: Sharer) -> None:
    from tests.queries.asking import make_api

    reader = make_api(sharer.api.project, sharer.api.store, scopes=["sharing_configuration:read"])
    place = places(sharer)[0]
    assert reader.send("GET", f"{place}/sharing/").status_code == 200
    for method, path in (("PATCH", ""), ("POST", "refresh"), ("POST", "passwords"), ("DELETE", "passwords/1")):
        response = reader.send(method, f"{place}/sharing/{path}", {})
        assert response.status_code == 403
        assert response.json()["detail"] == "API key missing required scope 'sharing_configuration:write'"


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_what_was_done(sharer: Sharer) -> None:
    insight = sharer.insight()
    place = f"insights/{insight.pk}"
    sharer.share(place)
    sharer.change(place, enabled=True, password_required=True)
    made = sharer.password(place, note="team")
    sharer.send("DELETE", place, f"passwords/{made['id']}")
    sharer.send("POST", place, "refresh")
    sharer.change(place, enabled=False)
    entries = [
        each for each in sharer.activities("Insight") if "shar" in each["activity"] or "token" in each["activity"]
    ]
    assert [each["activity"] for each in reversed(entries)] == [
        "sharing enabled",
        "sharing updated",
        "share password created",
        "share password deleted",
        "access token refreshed",
        "sharing disabled",
    ]
    first = entries[-1]
    assert (first["item_id"], first["detail"]["short_id"]) == (str(insight.pk), insight.short_id)
    assert first["detail"]["changes"] == [
        {"type": "Insight", "action": "changed", "field": "sharing", "before": False, "after": True}
    ]
