"""What is shared is open to everybody who has its address, and to nobody else."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from hedgerow.dashboards.models import Dashboard
from hedgerow.saved_insights.models import InsightView
from hedgerow.sharing.models import SharingConfiguration
from tests.sharing.sharing import TRENDS, Sharer

KINDS = ("dashboard", "insight", "recording")


def shared(sharer: Sharer, kind: str = "dashboard", **body: object) -> tuple[str, str]:
    """Something shared: its place below the project, and its token."""
    if kind == "recording":
        place = f"session_recordings/{sharer.session()}"
    elif kind == "insight":
        place = f"insights/{sharer.insight().pk}"
    else:
        place = f"dashboards/{sharer.dashboard(sharer.insight()).pk}"
    return place, sharer.share(place, **body)


def get(address: str, **headers: str) -> HttpResponse:
    """A visit by nobody."""
    return Client().get(address, headers=headers)


def unlock(token: str, password: object, client: Client | None = None, path: str = "shared") -> HttpResponse:
    """A password sent as programs do."""
    return (client or Client()).post(f"/{path}/{token}", json.dumps({"password": password}), "application/json")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shared_is_told_without_an_account(sharer: Sharer, kind: str) -> None:
    _, token = shared(sharer, kind)
    for path, page_type in (
        (f"/shared/{token}.json", "scene"),
        (f"/shared/{token}.json?embedded", "embed"),
        (f"/embedded/{token}.json", "embed"),
        (f"/shared_dashboard/{token}.json", "scene"),
        (f"/shared/{token}.json/", "scene"),
    ):
        response = get(path)
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
        body = response.json()
        assert body["type"] == page_type
        assert body["accessToken"] == token
        assert body[kind]
        assert body["themes"][0]["colors"]["preset-1"].startswith("#")
        assert set(body) == {"type", "accessToken", kind, "themes"}
    page = get(f"/shared/{token}")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert get(f"/shared/{token}", Accept="application/json").json()["type"] == "scene"


def test_a_dashboard_comes_with_results_computed_for_the_first_visitor(sharer: Sharer) -> None:
    _, token = shared(sharer)
    board = get(f"/shared/{token}.json").json()["dashboard"]
    (tile,) = board["tiles"]
    assert tile["insight"]["result"][0]["count"] == 2
    assert tile["last_refresh"] is not None
    assert (board["effective_restriction_level"], board["effective_privilege_level"]) == (37, 21)
    assert tile["insight"]["effective_privilege_level"] == 21


def test_the_public_learns_nothing_about_people_and_the_rest_of_the_project(sharer: Sharer) -> None:
    sharer.user.hedgehog_config = {"color": "green"}
    sharer.user.save()
    sharer.api.project.test_account_filters = [
        {"key": "email", "value": "tester@acme.example", "operator": "not_icontains", "type": "person"}
    ]
    sharer.api.project.save()
    query = {**TRENDS, "source": {**TRENDS["source"], "filterTestAccounts": True}}
    insight = sharer.insight(query=query)
    other = sharer.dashboard(insight, name="Secret plans")
    board = sharer.dashboard(insight)
    session = sharer.session()
    for place in (f"dashboards/{board.pk}", f"insights/{insight.pk}", f"session_recordings/{session}"):
        token = sharer.share(place)
        for path in (f"/shared/{token}.json", f"/shared/{token}"):
            text = get(path).content.decode()
            assert "@" not in text.replace("@media", ""), text
            for secret in (sharer.user.distinct_id, "hedgehog_config", "distinct_id", "alerts", "Secret plans"):
                assert secret not in text, (path, secret)
        assert str(other.pk) not in json.dumps(_ids(get(f"/shared/{token}.json").json()))


def _ids(value: object) -> list[object]:
    """All that says where insights stand."""
    if isinstance(value, dict):
        own = [value[name] for name in ("dashboards", "dashboard_tiles", "dashboard_id") if name in value]
        return own + [each for item in value.values() for each in _ids(item)]
    return [each for item in value for each in _ids(item)] if isinstance(value, list) else []


def test_a_recording_is_told_in_figures(sharer: Sharer) -> None:
    _, token = shared(sharer, "recording")
    told = get(f"/shared/{token}.json").json()["recording"]
    assert (told["event_count"], told["pageview_count"], told["click_count"]) == (2, 1, 1)
    assert told["start_url"] == "https://shop.test/start"
    assert told["recording_duration"] >= 0
    assert "events" not in told


def test_the_events_of_a_recording_are_told_where_that_is_chosen(sharer: Sharer) -> None:
    _, token = shared(sharer, "recording", settings={"showInspector": True})
    events = get(f"/shared/{token}.json").json()["recording"]["events"]
    assert {each["event"] for each in events} == {"$pageview", "$autocapture"}
    assert {each["url"] for each in events} == {"https://shop.test/start"}
    page = get(f"/shared/{token}").content.decode()
    assert "$autocapture" in page
    assert "ada@example.com" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_shared_any_more_never_was(sharer: Sharer, kind: str) -> None:
    place, token = shared(sharer, kind)
    unknown = get("/shared/0123456789-unknown-abcdefghij")
    assert (unknown.status_code, unknown["Content-Type"]) == (404, "text/html; charset=utf-8")
    sharer.change(place, enabled=False)
    for path in ("shared", "embedded", "shared_dashboard"):
        for extension in ("", ".json", ".png"):
            gone = get(f"/{path}/{token}{extension}")
            assert (gone.status_code, gone.content) == (404, unknown.content)
            assert sorted(gone.headers.items()) == sorted(unknown.headers.items())
    assert unlock(token, "x").status_code == 404
    assert sharer.share(place) == token
    assert get(f"/shared/{token}").status_code == 200


def test_deleting_ends_sharing_and_restoring_brings_it_back(sharer: Sharer) -> None:
    for kind in ("dashboard", "insight"):
        place, token = shared(sharer, kind)
        sharer.api.send("PATCH", f"{place}/", {"deleted": True})
        assert get(f"/shared/{token}.json").status_code == 404
        sharer.api.send("PATCH", f"{place}/", {"deleted": False})
        assert get(f"/shared/{token}.json").status_code == 200


def test_an_organization_that_forbids_sharing_ends_it_at_once(sharer: Sharer) -> None:
    _, token = shared(sharer)
    organization = sharer.api.project.organization
    organization.allow_publicly_shared_resources = False
    organization.save()
    assert get(f"/shared/{token}").status_code == 404
    organization.allow_publicly_shared_resources = True
    organization.save()
    assert get(f"/shared/{token}").status_code == 200


def test_a_replaced_token_works_for_a_while(sharer: Sharer) -> None:
    place, old = shared(sharer)
    new = sharer.send("POST", place, "refresh/").json()["access_token"]
    assert [get(f"/shared/{token}").status_code for token in (old, new)] == [200, 200]
    SharingConfiguration.objects.filter(access_token=old).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [get(f"/shared/{token}").status_code for token in (old, new)] == [404, 200]


@pytest.mark.parametrize("change", [{"enabled": False}, {"password_required": True}])
def test_replaced_tokens_end_when_sharing_is_switched_off_or_locked(sharer: Sharer, change: dict[str, bool]) -> None:
    place, old = shared(sharer)
    sharer.send("POST", place, "refresh/")
    sharer.change(place, **change)
    assert get(f"/shared/{old}").status_code == 404
    sharer.change(place, enabled=True, password_required=False)
    assert get(f"/shared/{old}").status_code == 404


def test_settings_that_are_on_are_told(sharer: Sharer) -> None:
    _, token = shared(sharer, settings={"whitelabel": True, "legend": False, "theme": "dark", "noHeader": True})
    body = get(f"/shared/{token}.json").json()
    assert {name: body.get(name) for name in ("whitelabel", "legend", "theme", "noHeader")} == {
        "whitelabel": True,
        "legend": None,
        "theme": "dark",
        "noHeader": True,
    }
    page = get(f"/shared/{token}").content.decode()
    assert 'data-theme="dark"' in page
    assert "Hedgerow" not in page


def test_extra_details_can_be_hidden(sharer: Sharer) -> None:
    for kind in ("dashboard", "insight"):
        place, token = shared(sharer, kind)
        names = ("created_by", "created_at", "last_modified_by", "last_modified_at")
        before = get(f"/shared/{token}.json").content.decode()
        assert all(name in before for name in names)
        sharer.change(place, settings={"hideExtraDetails": True})
        after = get(f"/shared/{token}.json").content.decode()
        assert not any(name in after for name in names)


def test_overrides_in_the_address_count_for_nothing(sharer: Sharer) -> None:
    _, token = shared(sharer)
    override = json.dumps({"date_from": "-1dStart", "properties": [{"key": "a", "value": "b", "type": "event"}]})
    told = get(f"/shared/{token}.json?filters_override={override}&variables_override={{}}&refresh=blocking").json()
    assert told["dashboard"]["filters"] == {}
    assert told["dashboard"]["tiles"][0]["insight"]["result"][0]["count"] == 2


def test_visitors_cannot_have_young_results_computed_anew(sharer: Sharer) -> None:
    _, token = shared(sharer, "insight")
    first = get(f"/shared/{token}.json").json()["insight"]["last_refresh"]
    sharer.api.store_event()
    for mode in ("force_blocking", "blocking", "force_async", "nonsense", ""):
        again = get(f"/shared/{token}.json?refresh={mode}").json()["insight"]
        assert (again["last_refresh"], again["result"][0]["count"]) == (first, 2), mode


def test_old_results_are_computed_anew_when_a_visitor_says_so(sharer: Sharer, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = shared(sharer, "insight")
    get(f"/shared/{token}.json")
    sharer.api.store_event()
    monkeypatch.setattr("hedgerow.sharing.payload.AUTO_REFRESH", timedelta(0))
    assert get(f"/shared/{token}.json").json()["insight"]["result"][0]["count"] == 2
    again = get(f"/shared/{token}.json?refresh=force_blocking").json()["insight"]
    assert again["result"][0]["count"] == 3


def test_visits_are_noted_without_a_name(sharer: Sharer) -> None:
    board, of_board = shared(sharer)
    _, of_insight = shared(sharer, "insight")
    get(f"/shared/{of_board}")
    get(f"/shared/{of_insight}")
    assert Dashboard.objects.get(pk=int(board.split("/")[1])).last_accessed_at is not None
    assert InsightView.objects.get().user is None


def test_pages_may_stand_in_other_pages_and_know_no_login(sharer: Sharer) -> None:
    _, token = shared(sharer)
    client = Client()
    client.force_login(sharer.user)
    page = client.get(f"/embedded/{token}")
    assert "X-Frame-Options" not in page.headers
    assert "frame-ancestors *" in page["Content-Security-Policy"]
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert page.content == get(f"/embedded/{token}").content
    assert sharer.user.email not in page.content.decode()
    assert client.get("/login", follow=True)["X-Frame-Options"] == "DENY"


def test_previews_of_links_have_a_title_and_a_picture(sharer: Sharer) -> None:
    insight = sharer.insight("<Views>")
    insight.description = 'How "many"'
    insight.save()
    token = sharer.share(f"insights/{insight.pk}")
    page = get(f"/shared/{token}").content.decode()
    assert "<title>&lt;Views&gt; · Hedgerow</title>" in page
    assert '<meta name="description" content="How &quot;many&quot;">' in page
    assert f'<meta property="og:image" content="http://testserver/shared/{token}.png">' in page


def test_pictures_are_drawn_once(sharer: Sharer, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("dashboard", "insight"):
        place, token = shared(sharer, kind)
        first = get(f"/shared/{token}.png")
        assert (first.status_code, first["Content-Type"]) == (200, "image/png")
        assert first.content.startswith(b"\x89PNG")
        with monkeypatch.context() as patched:
            patched.setattr("hedgerow.sharing.pictures._drawing", None)
            assert get(f"/shared/{token}.png").content == first.content
        sharer.api.send("PATCH", f"{place}/", {"name": "Another name"})
        assert get(f"/shared/{token}.png").content != first.content
    _, token = shared(sharer, "recording")
    assert get(f"/shared/{token}.png").status_code == 404


# Passwords


@pytest.mark.django_db(transaction=True)
def test_a_password_opens_what_is_locked(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True, settings={"theme": "dark"})
    page = get(f"/shared/{token}")
    assert page.status_code == 200
    assert 'data-theme="dark"' in page.content.decode()
    for secret in (token, "Board", "Views"):
        assert secret not in page.content.decode()
    locked = get(f"/shared/{token}.json")
    assert (locked.status_code, locked.json()) == (
        401,
        {
            "type": "authentication_error",
            "code": "password_required",
            "detail": "This share needs a password.",
            "attr": None,
        },
    )
    assert get(f"/shared/{token}.png").status_code == 401
    made = sharer.password(place, raw_password="open sesame", note="team")
    for wrong in ("wrong", "", None, 7, ["open sesame"], "\ud800", "open sesame "):
        answer = unlock(token, wrong)
        assert (answer.status_code, answer.json()) == (401, {"error": "Incorrect password"})
    client = Client()
    right = unlock(token, "open sesame", client)
    assert right.status_code == 200
    given_pass = right.json()["shareToken"]
    cookie = right.cookies["posthog_sharing_token"]
    assert cookie.value == given_pass
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 86400)
    assert (cookie["path"], cookie["secure"]) == (f"/shared/{token}", "")
    claims = jwt.decode(given_pass, options={"verify_signature": False})
    assert claims["share_password_id"] == made["id"]
    assert (claims["team_id"], claims["access_token"]) == (sharer.api.project.pk, token)
    assert "Board" in client.get(f"/shared/{token}").content.decode()
    by_bearer = get(f"/shared/{token}.json", Authorization=f"Bearer {given_pass}").json()
    assert by_bearer["dashboard"]["name"] == "Board"
    by_accept = get(f"/shared/{token}", Authorization=f"Bearer {given_pass}", Accept="application/json").json()
    assert by_accept["shareToken"] == given_pass
    log = sharer.api.send("GET", f"{place}/activity/").json()["results"]
    tries = [each for each in log if "login" in each["activity"]]
    assert [each["activity"] for each in tries] == ["share_login_success"] + ["share_login_failed"] * 7
    assert tries[0]["user"] == {"first_name": "System", "email": None, "is_system": True}
    (change,) = tries[0]["detail"]["changes"]
    assert change["field"] == "authentication_attempt"
    assert change["after"] == {
        "access_token_suffix": token[-6:],
        "client_ip": "127.0.0.1",
        "success": True,
        "resource_type": "dashboard",
        "password_id": made["id"],
        "password_note": "team",
    }


def test_a_form_opens_it_in_a_browser_without_scripts(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    client = Client(headers={"Accept": "text/html"})
    wrong = client.post(f"/shared/{token}", {"password": "wrong"})
    assert wrong.status_code == 401
    assert "Incorrect password" in wrong.content.decode()
    right = client.post(f"/shared/{token}", {"password": "open sesame"})
    assert (right.status_code, right["Location"]) == (303, f"/shared/{token}")
    assert "Board" in client.get(f"/shared/{token}").content.decode()
    inside = client.post(f"/embedded/{token}", {"password": "open sesame"})
    assert "Board" in inside.content.decode()


def test_cookies_travel_safely_by_https(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    answer = Client().post(
        f"/embedded/{token}", {"password": "open sesame"}, content_type="application/json", secure=True
    )
    cookie = answer.cookies["posthog_sharing_token"]
    assert (cookie["secure"], cookie["path"]) == (True, f"/embedded/{token}")


@pytest.mark.parametrize(
    "ending", ["password deleted", "sharing disabled", "password off", "token refreshed and expired"]
)
def test_a_pass_ends_with_what_it_was_given_for(sharer: Sharer, ending: str) -> None:
    place, token = shared(sharer, password_required=True)
    made = sharer.password(place, raw_password="open sesame")
    sharer.password(place, raw_password="another one")
    bearer = {"Authorization": f"Bearer {unlock(token, 'open sesame').json()['shareToken']}"}
    assert "shareToken" in get(f"/shared/{token}.json", **bearer).json()
    if ending == "password deleted":
        sharer.send("DELETE", place, f"passwords/{made['id']}/")
        assert get(f"/shared/{token}.json", **bearer).status_code == 401
    elif ending == "sharing disabled":
        sharer.change(place, enabled=False)
        assert get(f"/shared/{token}.json", **bearer).status_code == 404
    elif ending == "password off":
        sharer.change(place, password_required=False)
        assert "shareToken" not in get(f"/shared/{token}.json", **bearer).json()
        sharer.change(place, password_required=True)
    else:
        new = sharer.send("POST", place, "refresh/").json()["access_token"]
        assert get(f"/shared/{token}.json", **bearer).status_code == 200
        assert get(f"/shared/{new}.json", **bearer).status_code == 401
        SharingConfiguration.objects.filter(access_token=token).update(expires_at=timezone.now())
        assert get(f"/shared/{token}.json", **bearer).status_code == 404


def test_a_password_revoked_during_the_change_of_tokens_opens_neither(sharer: Sharer) -> None:
    place, old = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    (current,) = sharer.send("POST", place, "refresh/").json()["share_passwords"]
    assert unlock(old, "open sesame").status_code == 200
    sharer.send("DELETE", place, f"passwords/{current['id']}/")
    assert unlock(old, "open sesame").status_code == 401


def test_the_pass_of_one_share_does_not_open_another(sharer: Sharer) -> None:
    place, first = shared(sharer, password_required=True)
    other, second = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    sharer.password(other, raw_password="open sesame")
    given_pass = unlock(first, "open sesame").json()["shareToken"]
    page = get(f"/shared/{second}", Authorization=f"Bearer {given_pass}")
    assert page.status_code == 200
    assert "Board" not in page.content.decode()
    client = Client()
    client.cookies["posthog_sharing_token"] = given_pass
    assert client.get(f"/shared/{second}.json").status_code == 401


def test_forged_passes_open_nothing(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True)
    made = sharer.password(place)
    claims = {
        "share_password_id": made["id"],
        "team_id": sharer.api.project.pk,
        "access_token": token,
        "aud": "hedgerow:share",
        "exp": 4_000_000_000,
    }
    forged = [
        jwt.encode(claims, "x" * 32, "HS256"),
        jwt.encode(claims, django_settings.SECRET_KEY, "HS256"),
        jwt.encode(claims, None, "none"),
        "a.b.c",
        "..",
        "é.ü.ö",
    ]
    for given in forged:
        assert get(f"/shared/{token}.json", Authorization=f"Bearer {given}").status_code == 401


def test_locked_without_any_password_is_locked_for_all(sharer: Sharer) -> None:
    _, token = shared(sharer, password_required=True)
    assert unlock(token, "").status_code == 401
    assert unlock(token, "anything").status_code == 401


def test_ten_wrong_passwords_are_enough_for_ten_minutes(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    assert [unlock(token, "wrong").status_code for _ in range(10)] == [401] * 10
    for given in ("wrong", "open sesame"):
        paused = unlock(token, given)
        assert paused.status_code == 429
        assert (paused.json()["type"], paused.json()["code"]) == ("throttled_error", "throttled")
        assert 590 <= int(paused["Retry-After"]) <= 600
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    assert unlock(token, "open sesame", elsewhere).status_code == 200
    _, other = shared(sharer, password_required=True)
    assert unlock(other, "wrong").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_many_wrong_passwords_at_once_are_no_more_than_one_after_another(sharer: Sharer) -> None:
    place, token = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")

    def attempt(_: int) -> int:
        try:
            return unlock(token, "wrong").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(attempt, range(24)))
    assert sorted(statuses) == [401] * 10 + [429] * 14


def test_tries_are_forgotten_in_time_and_after_the_right_password(sharer: Sharer) -> None:
    from hedgerow.sharing.models import FailedTry

    place, token = shared(sharer, password_required=True)
    sharer.password(place, raw_password="open sesame")
    for _ in range(9):
        unlock(token, "wrong")
    assert unlock(token, "open sesame").status_code == 200
    assert [unlock(token, "wrong").status_code for _ in range(10)] == [401] * 10
    FailedTry.objects.update(tried_at=timezone.now() - timedelta(minutes=10))
    assert unlock(token, "open sesame").status_code == 200


def test_only_pages_and_passwords_are_asked_for(sharer: Sharer) -> None:
    _, token = shared(sharer)
    for method in ("put", "patch", "delete"):
        assert getattr(Client(), method)(f"/shared/{token}").status_code == 405
    assert unlock(token, "x").status_code == 405
    assert Client().head(f"/shared/{token}").status_code == 200
