"""The dialog that says how something is shared: who may, what it shows, and what it does."""

from typing import Any

import pytest

from hedgerow.api.levels import Level
from hedgerow.dashboards.models import Dashboard, RestrictionLevel
from hedgerow.organizations.models import Membership, Organization, User
from hedgerow.saved_insights.models import Insight
from hedgerow.sharing.models import SharingConfiguration
from tests.web.visiting import Visitor


@pytest.fixture
def insight(visitor: Visitor) -> Insight:
    return Insight.objects.create(project=visitor.project, name="Views", query={"kind": "TrendsQuery", "series": []})


def dialog(visitor: Visitor, insight: Insight) -> str:
    """The dialog as it is fetched into a page."""
    path = f"/project/{visitor.project.pk}/sharing/insight/{insight.short_id}"
    return str(visitor.client.get(path, headers={"HX-Request": "true"}).content.decode())


def send(visitor: Visitor, insight: Insight, what: str, **fields: Any) -> str:
    """The dialog after something was done in it."""
    path = f"/project/{visitor.project.pk}/sharing/insight/{insight.short_id}"
    response = visitor.client.post(path, {"do": what, **fields}, headers={"HX-Request": "true"})
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def share(insight: Insight) -> SharingConfiguration:
    return SharingConfiguration.objects.get(insight=insight, expires_at=None)


def test_looking_stores_nothing(visitor: Visitor, insight: Insight) -> None:
    page = dialog(visitor, insight)
    assert "Share Views" in page
    assert "Only members of Acme can see it." in page
    assert not SharingConfiguration.objects.exists()


def test_sharing_is_switched_on_and_off(visitor: Visitor, insight: Insight) -> None:
    page = send(visitor, insight, "switch", enabled="on")
    token = share(insight).access_token
    assert f"http://hedgerow.test/shared/{token}" in page
    assert f"http://hedgerow.test/embedded/{token}" in page
    assert "Anyone who has the link can see it" in page
    page = send(visitor, insight, "switch")
    assert not share(insight).enabled
    assert token not in page


def test_a_new_link_replaces_the_old_one(visitor: Visitor, insight: Insight) -> None:
    send(visitor, insight, "switch", enabled="on")
    before = share(insight).access_token
    page = send(visitor, insight, "refresh")
    assert share(insight).access_token != before
    assert share(insight).access_token in page
    assert before not in page


def test_a_password_is_shown_once_and_can_be_revoked(visitor: Visitor, insight: Insight) -> None:
    send(visitor, insight, "switch", enabled="on")
    assert "Nobody can open the link until there is a password." in send(
        visitor, insight, "protect", password_required="on"
    )
    page = send(visitor, insight, "add-password", note="Investors", password="a good long one")
    assert "a good long one" in page
    assert "new password for Investors" in page
    page = dialog(visitor, insight)
    assert "a good long one" not in page
    assert "Investors" in page
    assert "the link and one of the passwords" in page
    password = share(insight).passwords.get()
    assert "Investors" not in send(visitor, insight, "revoke", password=password.pk)
    assert not share(insight).passwords.filter(is_active=True).exists()


def test_without_a_password_of_ones_own_one_is_made_up(visitor: Visitor, insight: Insight) -> None:
    send(visitor, insight, "switch", enabled="on")
    send(visitor, insight, "protect", password_required="on")
    assert 'id="new-password"' in send(visitor, insight, "add-password")
    assert share(insight).passwords.count() == 1


@pytest.mark.parametrize(
    ("what", "fields", "told"),
    [
        ("add-password", {"password": "short"}, "at least 8 characters"),
        ("add-password", {"note": "x" * 101}, "no more than 100 characters"),
        ("revoke", {"password": "999"}, "Password not found"),
        ("revoke", {"password": "x"}, "not there any more"),
    ],
)
def test_what_cannot_be_done_is_told_in_the_dialog(
    visitor: Visitor, insight: Insight, what: str, fields: dict[str, str], told: str
) -> None:
    send(visitor, insight, "switch", enabled="on")
    send(visitor, insight, "protect", password_required="on")
    page = send(visitor, insight, what, **fields)
    assert 'role="alert"' in page
    assert told in page


def test_no_password_can_be_made_where_none_is_asked_for(visitor: Visitor, insight: Insight) -> None:
    send(visitor, insight, "switch", enabled="on")
    assert "Ask for a password first." in send(visitor, insight, "add-password")


def test_the_choices_of_how_it_is_shown_are_kept(visitor: Visitor, insight: Insight) -> None:
    send(visitor, insight, "switch", enabled="on")
    SharingConfiguration.objects.update(settings={"showInspector": True, "legend": True})
    page = send(visitor, insight, "look", whitelabel="on", theme="dark")
    kept = {key: value for key, value in (share(insight).settings or {}).items() if value}
    assert kept == {"showInspector": True, "whitelabel": True, "theme": "dark"}
    assert 'name="whitelabel" value="on" checked' in page
    assert '<option value="dark" selected>' in page
    send(visitor, insight, "look", theme="purple")
    assert (share(insight).settings or {})["theme"] == "system"


def test_an_organization_that_allows_no_sharing_says_so(visitor: Visitor, insight: Insight) -> None:
    Organization.objects.update(allow_publicly_shared_resources=False)
    assert "Sharing is switched off in Acme." in dialog(visitor, insight)
    assert "Public sharing is disabled" in send(visitor, insight, "switch", enabled="on")
    assert not SharingConfiguration.objects.filter(enabled=True).exists()


def test_who_may_not_edit_may_only_look(visitor: Visitor) -> None:
    owner = User.objects.create_user("owner@example.com", "correct horse battery staple")
    board = Dashboard.objects.create(
        project=visitor.project, name="Theirs", created_by=owner, restriction_level=RestrictionLevel.COLLABORATORS
    )
    Membership.objects.filter(user=visitor.user).update(level=Level.MEMBER)
    path = f"sharing/dashboard/{board.pk}"
    assert "not change how it is shared" in visitor.text(path)
    answer = visitor.client.post(f"/project/{visitor.project.pk}/{path}", {"do": "switch", "enabled": "on"})
    assert 'role="alert"' in answer.content.decode()
    assert not SharingConfiguration.objects.filter(enabled=True).exists()


@pytest.mark.parametrize(
    "path", ["insight/nothere1", "dashboard/99999999", "dashboard/x", "recording/none", "cohort/1", "insight/a%00b"]
)
def test_what_is_not_there_cannot_be_shared(visitor: Visitor, path: str) -> None:
    assert visitor.get(f"sharing/{path}").status_code in (400, 404)


def test_nothing_unknown_is_done(visitor: Visitor, insight: Insight) -> None:
    path = f"/project/{visitor.project.pk}/sharing/insight/{insight.short_id}"
    assert visitor.client.post(path, {"do": "explode"}).status_code == 404


def test_without_a_script_it_is_a_page(visitor: Visitor, insight: Insight) -> None:
    page = visitor.text(f"sharing/insight/{insight.short_id}")
    assert "<h1>Share Views</h1>" in page
    assert "<!doctype html>" in page
