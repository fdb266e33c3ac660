"""Templates over HTTP: what they look like, what is refused, who may do what, and in which order they are listed."""

import json
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from pytest_django import DjangoCaptureOnCommitCallbacks

from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.projects.models import Project
from tests.accounts import Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db

BUILT_IN = ["Growth", "Product analytics", "Revenue", "Website traffic"]
TILES = [{"type": "TEXT", "body": "Hello"}]
NOT_FOUND = error("not_found", "Not found.", type="invalid_request")


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def staff() -> Account:
    """Somebody who runs the installation, in an organization of their own."""
    account = make_account("Operators", "Operations")
    account.user.is_staff = True
    account.user.save()
    return account


def path(account: Account, rest: str = "") -> str:
    return f"/api/projects/{account.project.pk}/dashboard_templates/{rest}"


def send(account: Account, method: str, rest: str = "", body: Any = None, client: Client | None = None) -> Any:
    client = client or account.session()
    return client.generic(
        method, path(account, rest), b"" if body is None else orjson.dumps(body), content_type="application/json"
    )


def make(account: Account, **fields: Any) -> dict[str, Any]:
    """A new template, as it is answered."""
    answer = send(account, "POST", body={"template_name": "Mine", "tiles": TILES, **fields})
    assert answer.status_code == 201, answer.content.decode()
    made: dict[str, Any] = answer.json()
    return made


def names(account: Account, query: str = "") -> list[str]:
    """The names of the templates that are listed."""
    answer = send(account, "GET", query)
    assert answer.status_code == 200, answer.content.decode()
    return [each["template_name"] for each in answer.json()["results"]]


def refused(answer: Any, code: str, detail: str, attr: str | None = None) -> None:
    assert (answer.status_code, answer.json()) == (400, error(code, detail, attr))


def test_a_template_has_all_fields(account: Account) -> None:
    given = {
        "template_name": "Weekly review",
        "dashboard_description": "What we look at on Mondays",
        "dashboard_filters": {"date_from": "-7d"},
        "tags": ["weekly"],
        "tiles": [{"type": "TEXT", "body": "Hello", "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}}}],
        "variables": [],
    }
    made = make(account, **given, created_by=999)

    assert made == {
        **given,
        "id": made["id"],
        "deleted": False,
        "created_at": made["created_at"],
        "created_by": account.user.pk,
        "image_url": None,
        "team_id": account.project.pk,
        "scope": "team",
        "availability_contexts": None,
        "is_featured": False,
    }
    assert send(account, "GET", f"{made['id']}/").json() == made


def test_a_template_without_tiles_is_refused(account: Account) -> None:
    for body in ({}, {"tiles": []}, {"tiles": None}):
        answer = send(account, "POST", body={"template_name": "Empty", **body})
        refused(answer, "invalid_input", "You need to provide tiles for the template.")


@pytest.mark.parametrize(
    ("field", "value", "attr"),
    [
        ("tiles", [{"type": "TEXT", "body": "x" * 4001}], "tiles"),
        ("tiles", [{"body": "no type"}], "tiles"),
        ("tiles", ["text"], "tiles"),
        ("tiles", "text", "tiles"),
        ("tiles", [{"type": "BUTTON", "text": "Go", "url": "javascript:alert(1)"}], "tiles"),
        ("variables", [{"id": "A"}], "variables"),
        ("dashboard_filters", ["x"], "dashboard_filters"),
        ("template_name", "x" * 401, "template_name"),
        ("tags", ["x" * 256], "tags__0"),
        ("scope", "galaxy", "scope"),
    ],
)
def test_what_no_dashboard_can_be_made_of_is_refused(account: Account, field: str, value: Any, attr: str) -> None:
    answer = send(account, "POST", body={"template_name": "T", "tiles": TILES, field: value})

    assert answer.status_code == 400, answer.content
    assert answer.json()["attr"] == attr


def test_json_that_is_nested_too_deeply_to_be_answered_is_refused(account: Account) -> None:
    def nested(depth: int) -> Any:
        return {"a": nested(depth - 1)} if depth else 1

    def make_with(depth: int) -> Any:
        text = json.dumps({"template_name": f"{depth}", "tiles": TILES, "dashboard_filters": nested(depth)})
        return account.session().post(path(account), text, content_type="application/json")

    assert make_with(100).status_code == 201
    for depth in (101, 300, 900):
        refused(make_with(depth), "too_deep", "JSON can be nested 100 deep at most.", "dashboard_filters")
    assert names(account, "?scope=team") == ["100"]


def test_live_names_are_unique_in_a_project(account: Account) -> None:
    first = make(account)
    taken = "A dashboard template with this name already exists for this project."
    refused(
        send(account, "POST", body={"template_name": "Mine", "tiles": TILES}), "unique_template_name_per_team", taken
    )

    send(account, "PATCH", first["id"], {"deleted": True})
    make(account)
    refused(send(account, "PATCH", first["id"], {"deleted": False}), "unique_template_name_per_team", taken)


def test_templates_without_a_name_do_not_stand_in_each_other_s_way(account: Account) -> None:
    for _ in range(2):
        assert make(account, template_name=None)["template_name"] is None


def test_a_deleted_template_is_not_listed_but_can_be_restored(account: Account) -> None:
    made = make(account)

    removed = send(account, "DELETE", made["id"])
    assert (removed.status_code, removed.content) == (405, b"")

    send(account, "PATCH", made["id"], {"deleted": True})
    assert names(account) == BUILT_IN
    assert send(account, "GET", made["id"]).json()["deleted"] is True
    send(account, "PATCH", made["id"], {"deleted": False})
    assert names(account) == ["Growth", "Mine", "Product analytics", "Revenue", "Website traffic"]


def test_changes_are_noted(
    account: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = make(account)
        send(account, "PATCH", made["id"], {"template_name": "Ours"})
        send(account, "PATCH", made["id"], {"template_name": "Ours"})
        send(account, "PATCH", made["id"], {"deleted": True})
        send(account, "PATCH", made["id"], {"deleted": False})

    log = send(account, "GET", f"{made['id']}/activity/").json()["results"]
    assert {entry["scope"] for entry in log} == {"DashboardTemplate"}
    assert [(entry["activity"], entry["detail"]["name"]) for entry in log] == [
        ("restored", "Ours"),
        ("deleted", "Ours"),
        ("updated", "Ours"),
        ("created", "Mine"),
    ]
    assert [(each["field"], each["before"], each["after"]) for each in log[2]["detail"]["changes"]] == [
        ("template_name", "Mine", "Ours")
    ]


def test_the_schema_is_json_schema_that_the_templates_fit(account: Account) -> None:
    answer = send(account, "GET", "json_schema/")
    schema = answer.json()

    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["template_name", "dashboard_description", "dashboard_filters", "tiles"]
    assert answer["Cache-Control"] == "max-age=120"
    fits = Draft202012Validator(schema)
    for template in send(account, "GET").json()["results"]:
        fits.validate(template)
    assert not fits.is_valid({"template_name": "A", "dashboard_description": "", "dashboard_filters": {}, "tiles": []})


def test_members_who_are_not_staff_make_templates_of_their_project_alone(account: Account) -> None:
    template = {"template_name": "T", "tiles": TILES}
    own = "You cannot set this field when creating a project template."
    refused(send(account, "POST", body={**template, "image_url": "x"}), "invalid_input", own, "image_url")
    refused(
        send(account, "POST", body={**template, "availability_contexts": ["general"]}),
        "invalid_input",
        own,
        "availability_contexts",
    )
    refused(
        send(account, "POST", body={**template, "scope": "global"}),
        "invalid_input",
        "Project templates must use team scope.",
        "scope",
    )
    refused(
        send(account, "POST", body={**template, "is_featured": True}),
        "invalid_input",
        "Only staff can mark templates as featured.",
        "is_featured",
    )


def test_members_who_are_not_staff_change_names_tags_and_descriptions(account: Account) -> None:
    made = make(account)
    colleague = member_of(account)

    changed = send(colleague, "PATCH", made["id"], {"template_name": "Ours", "tags": ["a"]}).json()
    assert (changed["template_name"], changed["tags"], changed["created_by"]) == ("Ours", ["a"], account.user.pk)
    refused(
        send(colleague, "PATCH", made["id"], {"tiles": [{"type": "TEXT", "body": "Other"}]}),
        "invalid_input",
        "Only name, description, tags, and delete can be changed for project templates.",
    )
    whole = {**changed, "dashboard_description": "Sent back as a whole"}
    assert send(colleague, "PUT", made["id"], whole).json()["dashboard_description"] == "Sent back as a whole"


def test_staff_offer_templates_to_all_projects(account: Account, staff: Account) -> None:
    made = make(staff, template_name="For all", scope="global", image_url="/a.png", availability_contexts=["general"])
    make(staff, template_name="Hidden", scope="feature_flag")

    assert names(account) == ["For all", *BUILT_IN]
    assert names(account, "?scope=feature_flag") == ["Hidden"]
    forbidden = send(account, "PATCH", made["id"], {"template_name": "Taken over"})
    told = "You don't have edit permissions for this dashboard template."
    assert (forbidden.status_code, forbidden.json()) == (403, denied(told))

    own = send(staff, "PATCH", made["id"], {"scope": "team"}).json()
    assert (own["scope"], own["team_id"]) == ("team", staff.project.pk)
    assert names(account) == BUILT_IN
    assert send(account, "GET", made["id"]).json() == NOT_FOUND


def test_staff_can_change_and_hide_a_template_that_came_with_the_product(account: Account, staff: Account) -> None:
    growth = send(account, "GET", "?search=growth").json()["results"][0]
    assert (growth["team_id"], growth["scope"], growth["created_by"]) == (None, "global", None)

    refused_to_member = send(account, "PATCH", growth["id"], {"deleted": True})
    assert refused_to_member.status_code == 403
    renamed = send(staff, "PATCH", growth["id"], {"template_name": "Our growth"}).json()
    assert renamed == {**growth, "template_name": "Our growth"}
    assert names(account) == ["Our growth", "Product analytics", "Revenue", "Website traffic"]
    send(staff, "PATCH", growth["id"], {"deleted": True})
    assert names(account) == ["Product analytics", "Revenue", "Website traffic"]


def test_staff_make_a_template_that_came_with_the_product_their_own(staff: Account) -> None:
    growth = send(staff, "GET", "?search=growth").json()["results"][0]

    own = send(staff, "PATCH", growth["id"], {"scope": "team"}).json()

    assert (own["id"], own["team_id"], own["scope"]) == (growth["id"], staff.project.pk, "team")


def test_lists_are_paged_searched_and_ordered(account: Account, staff: Account) -> None:
    make(account, template_name="beta", tags=["growth"])
    make(account, template_name="Alpha", dashboard_description="All about growth")
    make(staff, template_name="Zeta", scope="global", is_featured=True)

    everything = ["Zeta", "Alpha", "beta", *BUILT_IN]
    assert names(account) == everything
    page = send(account, "GET", "?limit=2&offset=1").json()
    assert (page["count"], [each["template_name"] for each in page["results"]]) == (7, ["Alpha", "beta"])
    assert page["next"].endswith("?limit=2&offset=3") and page["previous"] is not None
    assert names(account, "?search=GROWTH") == ["Growth", "beta", "Alpha"]
    assert names(account, "?scope=team") == ["Alpha", "beta"]
    assert names(account, "?scope=global") == ["Zeta", *BUILT_IN]
    assert names(account, "?is_featured=true") == ["Zeta"]
    assert names(account, "?is_featured=false&scope=team") == ["Alpha", "beta"]
    assert names(account, "?ordering=-template_name") == sorted(everything, key=str.casefold, reverse=True)
    assert names(account, "?ordering=-created_at")[:3] == ["Zeta", "Alpha", "beta"]
    assert names(account, "?ordering=size") == everything
    refused(send(account, "GET", "?scope=moon"), "invalid_choice", '"moon" is not a valid choice.', "scope")


def test_a_template_is_copied_between_projects_of_an_organization(account: Account) -> None:
    other = Account(account.user, account.organization, Project.objects.create(organization=account.organization))
    made = make(account, dashboard_filters={"date_from": "-7d"}, tags=["a"], variables=[])
    copying = {"source_template_id": made["id"]}

    first = send(other, "POST", "copy_between_projects/", copying)
    assert first.status_code == 201
    copy = first.json()
    ignored = ("id", "team_id", "created_at")
    assert {k: v for k, v in copy.items() if k not in ignored} == {k: v for k, v in made.items() if k not in ignored}
    assert copy["team_id"] == other.project.pk
    again = [send(other, "POST", "copy_between_projects", copying).json()["template_name"] for _ in range(2)]
    assert again == ["Mine (copy)", "Mine (copy 2)"]


def test_what_cannot_be_copied(account: Account, staff: Account) -> None:
    mine, attr = make(account), "source_template_id"

    def copied(into: Account, id: Any) -> Any:
        return send(into, "POST", "copy_between_projects/", {"source_template_id": str(id)})

    same = "Source and destination must be different projects."
    refused(copied(account, mine["id"]), "invalid_input", same, attr)
    shared = "Only project-scoped templates can be copied to another project."
    refused(copied(account, make(staff, scope="global")["id"]), "invalid_input", shared, attr)
    built_in = send(account, "GET", "?search=growth").json()["results"][0]
    refused(copied(account, built_in["id"]), "invalid_input", shared, attr)
    hidden = make(staff, template_name="Hidden", scope="feature_flag")
    refused(
        copied(staff, hidden["id"]),
        "invalid_input",
        "Feature-flag templates cannot be copied with this endpoint.",
        attr,
    )
    for unseen in (uuid4(), make(staff, template_name="Theirs")["id"]):
        assert copied(account, unseen).json() == NOT_FOUND
    refused(send(account, "POST", "copy_between_projects", {}), "required", "This field is required.", attr)
    refused(copied(account, "x"), "invalid_input", "Must be a valid UUID.", attr)


def test_a_key_copies_only_from_projects_it_reaches(account: Account) -> None:
    other = Account(account.user, account.organization, Project.objects.create(organization=account.organization))
    made = make(account)
    narrow = other.api("dashboard_template:write", scoped_teams=[other.project.pk])

    answer = send(other, "POST", "copy_between_projects/", {"source_template_id": made["id"]}, narrow)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_an_organization_has_a_limited_number_of_live_templates(account: Account) -> None:
    for number in range(99):
        DashboardTemplate.objects.create(project=account.project, template_name=f"{number}", tiles=TILES)
    last = make(account, template_name="The last")
    full = (
        "Your organization has reached the limit of 100 dashboard templates. "
        "Delete a template before creating or restoring another."
    )

    refused(send(account, "POST", body={"template_name": "More", "tiles": TILES}), "invalid_input", full)
    assert send(account, "PATCH", last["id"], {"template_name": "Renamed"}).status_code == 200
    send(account, "PATCH", last["id"], {"deleted": True})
    make(account, template_name="In its place")
    refused(send(account, "PATCH", last["id"], {"deleted": False}), "invalid_input", full)


def test_keys_need_the_scope(account: Account) -> None:
    made = make(account)
    reader = account.api("dashboard_template:read")

    assert send(account, "GET", client=reader).status_code == 200
    assert send(account, "GET", "json_schema", client=reader).status_code == 200
    missing = denied("API key missing required scope 'dashboard_template:write'")
    for method, rest in (("POST", ""), ("PATCH", made["id"]), ("POST", "copy_between_projects")):
        answer = send(account, method, rest, {}, reader)
        assert (answer.status_code, answer.json()) == (403, missing)


def test_another_project_s_template_is_not_found(account: Account) -> None:
    theirs = make(make_account("Other", "Theirs"))

    for method, rest in (("GET", theirs["id"]), ("PATCH", theirs["id"]), ("GET", f"{theirs['id']}/activity")):
        assert send(account, method, rest, {}).json() == NOT_FOUND
    assert send(account, "GET", "no-uuid").json() == NOT_FOUND
