"""The pages of groups: found by key and name, made by hand, corrected, with their events and who is seen with them."""

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from hedgerow.groups.editing import create_group
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.projects.models import Project
from tests.queries.asking import make_project
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

KEY = "acme & sons/1"


@pytest.fixture
def companies(visitor: Visitor) -> Visitor:
    """A visitor of a project with one type of groups and one group."""
    make_group(visitor.project)
    return visitor


def make_group(project: Project) -> Group:
    """A company."""
    kind = GroupTypeMapping.objects.create(
        project=project, group_type="company", group_type_index=0, name_plural="companies", default_columns=["plan"]
    )
    return create_group(kind, KEY, {"name": "Acme", "plan": "Free"}, None)


def change(visitor: Visitor, **fields: str) -> Any:
    return visitor.client.post(f"/project/{visitor.project.pk}/groups/0/change", fields)


def test_groups_are_found_by_key_and_name(companies: Visitor) -> None:
    for search in ("", "ACME", "sons/"):
        ((link, _, cells),) = companies.get("groups/0", search=search).context["groups"]
        assert (link.name, link.key, cells) == ("Acme", KEY, ["Free"])
        assert companies.client.get(link.address).status_code == 200
    assert "None fits" in companies.text("groups/0", search="nobody")
    assert "Companies" in companies.text("persons")


def test_a_property_is_set_and_removed_and_the_history_tells(
    companies: Visitor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change(companies, key=KEY, do="set", name="seats", value="12")
        change(companies, key=KEY, do="unset", name="plan")
    group = Group.objects.get(project=companies.project)
    assert group.group_properties == {"name": "Acme", "seats": 12}
    entries = companies.get("groups/0/group", key=KEY, show="activity").context["entries"]
    assert {each.did for each in entries} >= {"removed a property of", "added a property to"}


def test_events_and_persons_of_a_group(companies: Visitor) -> None:
    make_person(companies, "ada", email="ada@example.com")
    order = {"event": "order placed", "distinct_id": "ada"}
    companies.events.store_events([{**order, "$group_0": KEY}, {**order, "distinct_id": "bob"}])
    events = companies.get("groups/0/group", key=KEY, show="events").context
    assert events["problem"] == "" and [row.name for row in events["rows"]] == ["order placed"]
    persons = companies.get("groups/0/group", key=KEY, show="related").context["persons"]
    assert [row["name"] for row in persons] == ["ada@example.com"]
    person = companies.get(f"persons/{persons[0]['uuid']}", show="related").context["groups"]
    assert [group.name for group in person] == ["Acme"]


def test_a_group_is_made_once(companies: Visitor) -> None:
    made = change(companies, do="create", key="globex").headers["Location"]
    assert companies.client.get(made).context["name"] == "globex"
    again = change(companies, do="create", key="globex").headers["Location"]
    messages = [str(each) for each in companies.client.get(again).context["messages"]]
    assert messages == ["A group with this key already exists"]


def test_groups_of_other_projects_do_not_exist(visitor: Visitor) -> None:
    make_group(make_project())
    assert visitor.get("groups/0").status_code == 404
    assert visitor.get("groups/0/group", key=KEY).status_code == 404
    assert change(visitor, key=KEY, do="unset", name="plan").status_code == 404
