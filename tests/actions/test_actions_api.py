"""Actions over HTTP: what they look like, what is refused, who may do what, and what becomes of deleted ones."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from hedgerow.actions.models import Action
from hedgerow.actions.references import named_actions
from hedgerow.api.levels import Level
from hedgerow.projects.models import Project
from tests.accounts import Account, client_with, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db

STEP = {
    "event": "$autocapture",
    "properties": [{"key": "$browser", "value": ["Chrome"], "operator": "exact", "type": "event"}],
    "selector": "button.primary > span",
    "tag_name": "span",
    "text": "Buy",
    "text_matching": "contains",
    "href": "/buy",
    "href_matching": "exact",
    "url": "/shop",
    "url_matching": "regex",
}


@pytest.fixture
def account() -> Account:
    return make_account()


def path(account: Account, rest: str = "", mount: str = "projects") -> str:
    return f"/api/{mount}/{account.project.pk}/actions/{rest}"


def make(account: Account, client: Client | None = None, **fields: Any) -> dict[str, Any]:
    """A new action, as answered."""
    answer = post(client or account.api(), path(account), {"name": "Paid", **fields})
    assert answer.status_code == 201, answer.content
    action: dict[str, Any] = answer.json()
    return action


def post(client: Client, url: str, body: Any) -> Any:
    return client.post(url, body, content_type="application/json")


def patch(account: Account, action: dict[str, Any], **fields: Any) -> Any:
    url = path(account, f"{action['id']}/")
    return account.api().patch(url, fields, content_type="application/json")


def names(account: Account, **parameters: str) -> list[str]:
    return [each["name"] for each in account.api().get(path(account), parameters).json()["results"]]


def test_a_new_action_has_all_its_fields(account: Account) -> None:
    action = make(account, name="Bought", tags=[" Shop ", "shop", "Web"], steps=[STEP])

    maker = action.pop("created_by")
    assert (maker["id"], maker["email"]) == (account.user.pk, account.user.email)
    step = action.pop("steps")[0]
    assert re.search(step.pop("selector_regex"), 'span:text="Buy";button.primary:nth-child="1"')
    assert step == STEP
    assert Action.objects.get(pk=action.pop("id")).project == account.project
    assert action.pop("created_at") and action.pop("last_calculated_at")
    assert action == {
        "name": "Bought",
        "description": "",
        "tags": ["shop", "web"],
        "post_to_slack": False,
        "slack_message_format": "",
        "deleted": False,
        "is_calculating": False,
        "team_id": account.project.pk,
        "is_action": True,
        "bytecode_error": None,
        "pinned_at": None,
        "creation_context": None,
        "user_access_level": "manager",
    }


def test_what_a_step_does_not_name_is_null(account: Account) -> None:
    (step,) = make(account, steps=[{"event": "paid"}])["steps"]
    assert step.pop("event") == "paid"
    assert set(step) == {*STEP, "selector_regex"} - {"event"}
    assert set(step.values()) == {None}


def test_both_mounts_and_both_slashes_lead_to_the_same(account: Account) -> None:
    action = make(account)
    for mount in ("projects", "environments"):
        for rest in ("", "/"):
            answer = account.api().get(path(account, f"{action['id']}{rest}", mount))
            assert answer.json() == action


def test_the_list_is_not_paged_and_shows_the_newest_first(account: Account) -> None:
    for at, name in (("2024-01-01T00:00:00Z", "old"), ("2024-02-01T00:00:00Z", "b"), ("2024-02-01T00:00:00Z", "a")):
        make(account, name=name, last_calculated_at=at)

    answer = account.api().get(path(account), {"limit": "1"}).json()

    assert list(answer) == ["results"]
    assert [each["name"] for each in answer["results"]] == ["a", "b", "old"]
    assert "reference_count" not in answer["results"][0]


def test_references_are_counted_where_they_are_asked_for(account: Account) -> None:
    action = make(account)
    listed = account.api().get(path(account), {"include_reference_count": "1"}).json()["results"]
    assert [each["reference_count"] for each in listed] == [0]
    assert account.api().get(path(account, f"{action['id']}/references/")).json() == []
    assert account.api().get(path(account, "99999/references/")).status_code == 404


def test_an_update_replaces_the_steps_and_leaves_the_rest(account: Account) -> None:
    action = make(account, description="Money came in", steps=[{"event": "a"}, {"event": "b"}])
    changed = patch(account, action, steps=[{"event": "c"}]).json()
    assert [step["event"] for step in changed["steps"]] == ["c"]
    assert (changed["name"], changed["description"]) == ("Paid", "Money came in")


def test_a_put_needs_a_name(account: Account) -> None:
    url = path(account, f"{make(account)['id']}/")
    client = account.api()
    assert client.put(url, {}, content_type="application/json").json() == error(
        "required", "This field is required.", "name"
    )
    assert client.put(url, {"name": "Got paid"}, content_type="application/json").json()["name"] == "Got paid"


def test_delete_is_refused_without_a_word(account: Account) -> None:
    answer = account.api().delete(path(account, f"{make(account)['id']}/"))
    assert (answer.status_code, answer.content) == (405, b"")
    assert "DELETE" not in answer["Allow"]
    assert "PATCH" in answer["Allow"]


def test_a_deleted_action_is_hidden_and_its_name_free_until_it_is_restored(account: Account) -> None:
    action = make(account)
    assert patch(account, action, deleted=True).json()["deleted"] is True
    assert names(account) == []
    assert account.api().get(path(account, f"{action['id']}/")).status_code == 200

    other = make(account)
    assert names(account) == ["Paid"]
    again = patch(account, action, deleted=False)
    assert again.json() == error("unique", taken(other), "name")
    assert patch(account, action, deleted=False, name="Paid before").status_code == 200
    assert names(account) == ["Paid before", "Paid"] or names(account) == ["Paid", "Paid before"]


def taken(action: dict[str, Any]) -> str:
    return f"This project already has an action with this name, ID {action['id']}"


def test_a_name_is_needed_and_unique_in_its_project(account: Account) -> None:
    action = make(account)
    client = account.api()
    duplicate = post(client, path(account), {"name": " Paid "})
    assert (duplicate.status_code, duplicate.json()) == (400, error("unique", taken(action), "name"))
    other = make(account, name="Other")
    assert patch(account, other, name="Paid").json() == error("unique", taken(action), "name")
    assert patch(account, action, name="Paid").status_code == 200
    for name in ("", "  \t"):
        blank = post(client, path(account), {"name": name})
        assert (blank.status_code, blank.json()) == (400, error("blank", "This field may not be blank.", "name"))
    assert make(make_account())["name"] == "Paid"


@pytest.mark.parametrize(
    ("step", "code", "detail", "attr"),
    [
        ({"url_matching": "x"}, "invalid_choice", '"x" is not a valid choice.', "steps__0__url_matching"),
        ({"text_matching": ""}, "invalid_choice", '"" is not a valid choice.', "steps__0__text_matching"),
        ({"href_matching": 7}, "invalid_choice", '"7" is not a valid choice.', "steps__0__href_matching"),
        ({"url": ["/a"]}, "invalid_input", "Not a valid string.", "steps__0__url"),
        ({"event": "a\0b"}, "null_characters_not_allowed", "Null characters are not allowed.", "steps__0__event"),
        (
            {"selector": "a:hover"},
            "invalid_input",
            "The selector 'a:hover' cannot be read at 'a:hover'.",
            "steps__0__selector",
        ),
        (
            {"properties": {"key": "a"}},
            "not_a_list",
            'Expected a list of items but got type "dict".',
            "steps__0__properties",
        ),
    ],
)
def test_a_bad_step_is_refused_at_its_place(
    account: Account, step: dict[str, Any], code: str, detail: str, attr: str
) -> None:
    answer = post(account.api(), path(account), {"name": "Paid", "steps": [step]})
    assert (answer.status_code, answer.json()) == (400, error(code, detail, attr))


@pytest.mark.parametrize(
    "properties", [[7], [{"key": "a", "operator": "near"}], [{"key": "a", "type": "weather"}], [{"type": "XOR"}]]
)
def test_property_filters_of_an_unknown_form_are_refused(account: Account, properties: list[Any]) -> None:
    answer = post(account.api(), path(account), {"name": "Paid", "steps": [{"properties": properties}]})
    assert (answer.status_code, answer.json()["attr"]) == (400, "steps__0__properties")


def test_pinning_takes_the_time_of_the_server_and_happens_once(account: Account) -> None:
    action = make(account, pinned_at="2001-01-01T00:00:00Z")
    assert action["pinned_at"] > "2026"
    again = patch(account, action, pinned_at=True).json()
    assert again["pinned_at"] == action["pinned_at"]
    for nothing in (None, ""):
        assert patch(account, action, pinned_at=nothing).json()["pinned_at"] is None
        assert patch(account, action, pinned_at="yes").json()["pinned_at"] is not None
    assert make(account, name="Not pinned", pinned_at="")["pinned_at"] is None


def test_what_clients_may_not_set_is_ignored(account: Account) -> None:
    action = make(
        account, id=1, team_id=1, created_by=None, is_calculating=True, is_action=False, _create_in_folder="Unfiled"
    )
    assert action["team_id"] == account.project.pk
    assert action["created_by"]["id"] == account.user.pk
    assert (action["is_calculating"], action["is_action"]) == (False, True)


def test_scopes(account: Account) -> None:
    action = make(account)
    reader, writer, stranger = account.api("action:read"), account.api("action:write"), account.api("query:read")
    for url in (path(account), path(account, f"{action['id']}/"), path(account, f"{action['id']}/references/")):
        assert reader.get(url).status_code == writer.get(url).status_code == 200
        refused = stranger.get(url)
        assert (refused.status_code, refused.json()) == (
            403,
            denied("API key missing required scope 'action:read'"),
        )
    needs_write = denied("API key missing required scope 'action:write'")
    assert post(reader, path(account), {"name": "New"}).json() == needs_write
    url = path(account, f"{action['id']}/")
    assert reader.patch(url, {"name": "New"}, content_type="application/json").json() == needs_write
    assert reader.delete(url).json() == needs_write
    assert writer.patch(url, {"name": "New"}, content_type="application/json").status_code == 200


def test_members_edit_what_admins_and_makers_manage(account: Account) -> None:
    action = make(account)
    member, admin = member_of(account), member_of(account, Level.ADMIN)
    url = path(account, f"{action['id']}/")
    assert member.api().get(url).json()["user_access_level"] == "editor"
    assert admin.api().get(url).json()["user_access_level"] == "manager"
    assert member.api().patch(url, {"name": "New"}, content_type="application/json").status_code == 200


def test_another_organization_and_another_project_see_nothing(account: Account) -> None:
    action = make(account)
    other = make_account("Other")
    sibling = Project.objects.create(organization=account.organization, name="Sibling")
    assert other.api().get(path(account, f"{action['id']}/")).status_code == 403
    for client, project in ((other.api(), other.project), (account.api(), sibling)):
        url = f"/api/projects/{project.pk}/actions/"
        assert client.get(url).json() == {"results": []}
        for each in (f"{action['id']}/", f"{action['id']}/references/", f"{action['id']}/activity/"):
            assert client.get(url + each).status_code == 404
        assert client.patch(f"{url}{action['id']}/", {"name": "x"}, content_type="application/json").status_code == 404
    assert Action.objects.get(pk=action["id"]).name == "Paid"


@pytest.mark.parametrize("id", ["nope", "0", "1.5", "-1", "9" * 30])
def test_an_action_that_does_not_exist_is_not_found(account: Account, id: str) -> None:
    answer = account.api().get(path(account, f"{id}/"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_who_is_nobody_sees_nothing(account: Account) -> None:
    assert Client().get(path(account)).status_code == 401
    assert client_with("phx_nonsense").get(path(account)).status_code == 401


def test_the_list_as_csv(account: Account) -> None:
    make(account, name="=Paid", description='He said "now",\nso', steps=[{"event": "paid"}], tags=["a", "b"])
    answer = account.api().get(path(account), {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
    assert (row["name"], row["description"]) == ("'=Paid", 'He said "now",\nso')
    assert (row["steps.0.event"], row["tags.0"], row["tags.1"], row["deleted"]) == ("paid", "a", "b", "False")
    assert row["created_by.email"] == account.user.email
    assert row["pinned_at"] == ""


@pytest.mark.django_db(transaction=True)
def test_changes_are_logged(account: Account) -> None:
    action = make(account, steps=[{"event": "a"}])
    patch(account, action, name="Got paid")
    patch(account, action, deleted=True)
    patch(account, action, deleted=False)

    entries = account.api().get(path(account, f"{action['id']}/activity/")).json()["results"]

    assert [each["activity"] for each in entries] == ["updated", "deleted", "updated", "created"]
    assert {(each["scope"], each["item_id"]) for each in entries} == {("Action", str(action["id"]))}
    renamed = entries[2]["detail"]
    assert [(each["field"], each["before"], each["after"]) for each in renamed["changes"]] == [
        ("name", "Paid", "Got paid")
    ]


@pytest.mark.usefixtures("event_store")
def test_cohorts_that_name_an_action_are_its_references(account: Account) -> None:
    action, unused = make(account), make(account, name="Unused")
    leaf = {"type": "behavioral", "key": action["id"], "event_type": "actions", "value": "performed_event"}
    leaf |= {"time_value": 30, "time_interval": "day"}
    filters = {"properties": {"type": "OR", "values": [{"type": "AND", "values": [leaf]}]}}
    cohorts = f"/api/projects/{account.project.pk}/cohorts/"
    cohort = post(account.api(), cohorts, {"name": "Payers", "filters": filters}).json()

    (reference,) = account.api().get(path(account, f"{action['id']}/references/")).json()

    assert reference.pop("created_by")["id"] == account.user.pk
    assert reference.pop("created_at") == cohort["created_at"]
    assert reference == {
        "type": "cohort",
        "id": str(cohort["id"]),
        "name": "Payers",
        "url": f"/cohorts/{cohort['id']}",
    }
    listed = account.api().get(path(account), {"include_reference_count": "true"}).json()["results"]
    assert {each["id"]: each["reference_count"] for each in listed} == {action["id"]: 1, unused["id"]: 0}
    account.api().patch(f"{cohorts}{cohort['id']}/", {"deleted": True}, content_type="application/json")
    assert account.api().get(path(account, f"{action['id']}/references/")).json() == []


def test_actions_are_found_wherever_a_question_names_them() -> None:
    question = {
        "kind": "InsightVizNode",
        "source": {
            "series": [
                {"kind": "ActionsNode", "id": 1},
                {"kind": "GroupNode", "nodes": [{"kind": "ActionsNode", "id": 2}]},
                {"kind": "EventsNode", "event": "3", "id": 3},
            ],
            "funnelsFilter": {"exclusions": [{"kind": "ActionsNode", "id": 4}]},
            "retentionFilter": {"targetEntity": {"type": "actions", "id": "5"}, "returningEntity": {"id": "6"}},
            "conversionGoal": {"actionId": 7},
        },
    }
    assert named_actions(question) == {1, 2, 4, 5, 7}
