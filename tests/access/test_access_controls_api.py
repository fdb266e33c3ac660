"""Rules over the API: of a project, of the kinds of its objects, and of single objects."""

from typing import Any

import pytest
from django.http import HttpResponse

from hedgerow.access.models import AccessControl, Role, RoleMembership
from hedgerow.access.rules import level_for, visible_projects
from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.dashboards.making import create_dashboard
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from tests.access.conftest import Rule
from tests.accounts import Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db(transaction=True)


def put(caller: Account, path: str, body: dict[str, Any]) -> HttpResponse:
    return caller.api().put(f"/api/projects/{caller.project.pk}/{path}", body, content_type="application/json")


def get(caller: Account, path: str) -> HttpResponse:
    return caller.api().get(f"/api/projects/{caller.project.pk}/{path}")


def membership_of(account: Account) -> str:
    return str(account.user.memberships.get().pk)


def test_a_rule_is_made_changed_and_removed(ada: Account, eve: Account) -> None:
    whom = {"organization_member": membership_of(eve)}
    made = put(ada, "access_controls/", {"access_level": "admin", **whom})
    assert made.status_code == 200
    body = made.json()
    assert {name: body[name] for name in ("access_level", "resource", "resource_id", "role", "created_by")} == {
        "access_level": "admin",
        "resource": "project",
        "resource_id": None,
        "role": None,
        "created_by": str(ada.user.uuid),
    }
    assert put(ada, "access_controls/", {"access_level": "member", **whom}).json()["access_level"] == "member"
    told = get(eve, "access_controls/").json()
    assert [rule["access_level"] for rule in told.pop("access_controls")] == ["member"]
    assert told == {
        "available_access_levels": ["none", "member", "admin"],
        "default_access_level": "member",
        "user_access_level": "member",
        "user_can_edit_access_levels": False,
    }
    assert put(ada, "access_controls/", {"access_level": None, **whom}).status_code == 204
    assert AccessControl.objects.count() == 0
    log = ActivityLog.objects.filter(scope="AccessControl").order_by("pk").values_list("activity", flat=True)
    assert list(log) == ["created", "updated", "deleted"]


def test_only_admins_of_the_project_and_managers_of_an_object_change_rules(
    ada: Account, eve: Account, rule: Rule
) -> None:
    board = create_dashboard(ada.project, ada.user, name="Board")
    one = f"dashboards/{board.pk}/access_controls/"
    body = {"access_level": "none"}
    assert put(eve, "access_controls/", body).json() == denied("You do not have admin access to this resource.")
    refused = put(eve, "resource_access_controls/", {**body, "resource": "insight"})
    assert refused.json() == denied("You do not have admin access to this resource.")
    assert put(eve, one, body).json() == denied("You do not have manager access to this resource.")
    rule("manager", "dashboard", board, member=eve)
    assert put(eve, one, {"access_level": "viewer"}).status_code == 200
    told = get(eve, one).json()
    assert (told["user_access_level"], told["user_can_edit_access_levels"]) == ("manager", True)
    rule("admin", member=eve)
    assert put(eve, "resource_access_controls/", {"access_level": "viewer", "resource": "insight"}).status_code == 200
    assert [each["resource"] for each in get(eve, "resource_access_controls/").json()["access_controls"]] == ["insight"]


def test_what_cannot_be_a_rule_is_said(ada: Account, eve: Account) -> None:
    foreign = make_account("Other")
    path, level = "access_controls/", {"access_level": "member"}
    assert put(ada, path, {}).json() == error("required", "This field is required.", "access_level")
    wrong = put(ada, path, {"access_level": "editor"}).json()
    assert wrong == error("invalid_choice", '"editor" is not a valid choice.', "access_level")
    stranger = membership_of(foreign)
    assert put(ada, path, {**level, "organization_member": stranger}).json() == error(
        "does_not_exist", f'Invalid pk "{stranger}" - object does not exist.', "organization_member"
    )
    role = Role.objects.create(organization=foreign.organization, name="Spies")
    assert put(ada, path, {**level, "role": str(role.pk)}).json()["attr"] == "role"
    role = Role.objects.create(organization=ada.organization, name="Sales")
    both = {"role": str(role.pk), "organization_member": membership_of(eve)}
    assert put(ada, path, {**level, **both}).status_code == 400
    assert put(ada, "resource_access_controls/", level).json()["attr"] == "resource"
    assert put(ada, "dashboards/999999/access_controls/", {"access_level": "none"}).status_code == 404
    assert AccessControl.objects.count() == 0


def fresh(account: Account) -> User:
    """The person as another request sees them."""
    return User.objects.get(pk=account.user.pk)


def test_rules_for_the_person_count_before_those_for_everybody(ada: Account, eve: Account, rule: Rule) -> None:
    board = create_dashboard(ada.project, ada.user, name="Board")
    role = Role.objects.create(organization=ada.organization, name="Sales")
    RoleMembership.objects.create(role=role, membership=eve.user.memberships.get())

    def level() -> str:
        return level_for(fresh(eve), ada.project, "dashboard", board.pk, board.created_by_id)

    assert level() == "editor"
    rule("viewer", "dashboard")
    assert level() == "viewer"
    rule("editor", "dashboard", member=eve)
    assert level() == "editor"
    rule("none", "dashboard", board)
    assert level() == "none"
    rule("viewer", "dashboard", board, role=role)
    assert level() == "viewer"
    rule("none", "dashboard", board, member=eve)
    assert level() == "viewer"
    rule("admin", member=eve)
    assert level() == "manager"
    assert level_for(fresh(ada), ada.project, "dashboard", board.pk) == "manager"
    assert level_for(make_account("Other").user, ada.project) == "none"


def test_a_private_project_is_seen_by_those_it_is_for(ada: Account, eve: Account, rule: Rule) -> None:
    admin, bob = member_of(ada, Level.ADMIN), member_of(ada)
    open_one = Project.objects.create(organization=ada.organization, name="Open")
    assert put(ada, "access_controls/", {"access_level": "none"}).status_code == 200
    rule("member", member=bob)
    base = f"/api/projects/{ada.project.pk}/"
    for stranger in (eve.api(), eve.session()):
        for path in ("", "dashboards/", "access_controls/", "activity_log/"):
            assert stranger.get(base + path).json() == denied("You don't have access to the project.")
        assert [each["id"] for each in stranger.get("/api/projects/").json()["results"]] == [open_one.pk]
        assert stranger.get("/api/users/@me/").json()["team"]["id"] == open_one.pk
        organization = stranger.get(f"/api/organizations/{ada.organization.pk}/").json()
        assert [each["id"] for each in organization["projects"]] == [open_one.pk]
        query = stranger.post(base + "query/", {"query": {"kind": "EventsQuery"}}, content_type="application/json")
        assert query.status_code == 403
    assert eve.session().get(f"/project/{ada.project.pk}/dashboards").status_code == 404
    scoped = eve.key(scoped_teams=[ada.project.pk])
    assert scoped and eve.api(scoped_teams=[ada.project.pk]).get(base).status_code == 403
    for friend in (ada, admin, bob):
        assert friend.api().get(base).json()["access_control"] is True
    assert set(visible_projects(fresh(bob))) == {ada.project, open_one}


def test_an_admin_of_one_project_administers_it_alone(ada: Account, eve: Account, rule: Rule) -> None:
    other = Project.objects.create(organization=ada.organization, name="Other")
    rule("admin", member=eve)
    base = f"/api/projects/{ada.project.pk}/"
    assert eve.api().patch(f"{base}reset_token/").status_code == 200
    assert eve.api().patch(f"/api/projects/{other.pk}/reset_token/").status_code == 403
    moving = eve.session().post(
        f"{base}change_organization/", {"organization_id": str(ada.organization.pk)}, content_type="application/json"
    )
    assert moving.status_code == 403
    patched = eve.api().patch(base, {"access_control": True}, content_type="application/json")
    assert (patched.status_code, patched.json()["access_control"]) == (200, True)
    assert AccessControl.objects.filter(project=ada.project, access_level="none", membership=None).exists()
    refused = member_of(ada).api().patch(f"/api/projects/{other.pk}/", {"access_control": True}, "application/json")
    assert refused.json() == denied("You do not have admin access to this resource.")


def test_rules_for_members_end_when_a_project_moves(ada: Account, eve: Account, rule: Rule) -> None:
    target = make_account("Target")
    target.organization.memberships.create(user=ada.user, level=Level.ADMIN)
    rule("admin", member=eve)
    rule("viewer", "dashboard")
    moved = ada.session().post(
        f"/api/projects/{ada.project.pk}/change_organization/",
        {"organization_id": str(target.organization.pk)},
        content_type="application/json",
    )
    assert moved.status_code == 200
    assert [rule.resource for rule in AccessControl.objects.all()] == ["dashboard"]
    assert eve.api().get(f"/api/projects/{ada.project.pk}/").status_code == 403
