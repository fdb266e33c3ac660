"""The pages of cohorts: the editor says all that criteria can be, and lists are filled."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hedgerow.cohorts.models import Cohort
from hedgerow.work.worker import do_waiting_jobs
from tests.queries.asking import make_project
from tests.web.form_fields import Fields, changed, form_fields
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

MONTH = {"time_value": 30, "time_interval": "day"}
WEEK = {"seq_time_value": 7, "seq_time_interval": "day"}


def did(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "behavioral", "key": "paid", "event_type": "events", "value": kind, "negation": False, **more}


def has(key: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    leaf = {"type": "person", "key": key, "operator": operator, "negation": False, **more}
    return leaf if value is None else {**leaf, "value": value}


def saved(visitor: Visitor, address: str, fields: Fields) -> Any:
    sent: dict[str, Any] = {}
    for name, value in [*fields, ("save", "on")]:
        sent.setdefault(name, []).append(value)
    return visitor.client.post(f"/project/{visitor.project.pk}/{address}", sent)


def filters_after(visitor: Visitor, address: str, fields: Fields) -> dict[str, Any]:
    response = saved(visitor, address, fields)
    assert response.status_code == 302, response.context["problem"] or response.context["faults"]
    cohort = Cohort.objects.get(pk=response.headers["Location"].rpartition("/")[2])
    assert cohort.filters is not None
    found: dict[str, Any] = cohort.filters["properties"]
    return found


def edited(visitor: Visitor, fields: Fields, **button: str) -> Fields:
    """The form after a button that changes its shape was pressed, or after a choice."""
    sent: dict[str, Any] = dict(button)
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    page = visitor.client.post(f"/project/{visitor.project.pk}/cohorts/new", sent)
    assert page.status_code == 200
    return form_fields(page.content.decode(), "cohort-form")


def blank(visitor: Visitor) -> Fields:
    return form_fields(visitor.text("cohorts/new"), "cohort-form")


LEAVES = {
    "a property": has("plan", "exact", ["Grove", "a, b"]),
    "a number": has("seats", "gt", 5),
    "a switch": has("vip", "exact", [True]),
    "a seldom used comparison": has("version", "semver_tilde", "1.2"),
    "a property that is set": has("plan", "is_set", negation=True),
    "when first seen": {
        "type": "person_metadata",
        "key": "created_at",
        "operator": "is_date_after",
        "value": "-30d",
        "negation": True,
    },
    "did": did("performed_event", **MONTH),
    "did since": did("performed_event", explicit_datetime="2026-01-31", explicit_datetime_to="-3d", negation=True),
    "did some number of times": did("performed_event_multiple", **MONTH, operator="lte", operator_value=0),
    "did first": did("performed_event_first_time", time_value=3, time_interval="month"),
    "did one and then another": did(
        "performed_event_sequence", **MONTH, **WEEK, seq_event="refunded", seq_event_type="events"
    ),
    "did regularly": did(
        "performed_event_regularly",
        operator="exact",
        operator_value=2,
        time_value=1,
        time_interval="week",
        min_periods=3,
        total_periods=5,
    ),
    "stopped": did("stopped_performing_event", **MONTH, **WEEK),
    "came back": did("restarted_performing_event", **MONTH, **WEEK),
    "did with": did(
        "performed_event",
        **MONTH,
        event_filters=[
            {"type": "event", "key": "amount", "operator": "gte", "value": 10},
            {"type": "element", "key": "text", "operator": "exact", "value": ["Buy"]},
            {"type": "hogql", "key": "properties.amount > 3"},
        ],
    ),
}


@pytest.mark.parametrize("name", LEAVES)
def test_the_editor_gives_back_what_it_shows(visitor: Visitor, name: str) -> None:
    filters = {"properties": {"type": "AND", "values": [LEAVES[name]]}}
    cohort = Cohort.objects.create(project=visitor.project, name="Some", filters=filters)
    address = f"cohorts/{cohort.pk}?show=definition"
    fields = form_fields(visitor.text(f"cohorts/{cohort.pk}", show="definition"), "cohort-form")
    assert filters_after(visitor, address, fields) == filters["properties"]


def test_groups_nest_and_name_other_cohorts(visitor: Visitor) -> None:
    other = Cohort.objects.create(project=visitor.project, name="Others", filters={"properties": {}})
    nested = {"type": "cohort", "key": "id", "value": other.pk, "negation": True}
    inner = {"type": "OR", "values": [nested, LEAVES["did"]]}
    top = {"type": "AND", "values": [LEAVES["a property"], {"type": "AND", "values": [inner, LEAVES["a number"]]}]}
    cohort = Cohort.objects.create(project=visitor.project, name="Some", filters={"properties": top})
    page = visitor.text(f"cohorts/{cohort.pk}", show="definition")
    address = f"cohorts/{cohort.pk}?show=definition"
    assert filters_after(visitor, address, form_fields(page, "cohort-form")) == top


def test_a_cohort_is_put_together_calculated_and_its_members_are_listed(visitor: Visitor) -> None:
    make_person(visitor, "ada", email="ada@example.com", plan="Grove")
    make_person(visitor, "bob", email="bob@example.com", plan="Free")
    fields = changed(changed(blank(visitor), "name", "Growers"), "c0-0-key", "plan")
    fields = edited(visitor, changed(fields, "c0-0-value", "Grove"), add="group:0")
    fields = edited(visitor, changed(fields, "c0-1-0-kind", "performed_event"))
    fields = changed(changed(fields, "c0-1-0-event", "paid"), "c0-1-0-negation", "on")
    visitor.send("paid", "bob")
    assert filters_after(visitor, "cohorts/new", fields) == {
        "type": "AND",
        "values": [
            has("plan", "exact", ["Grove"]),
            {"type": "OR", "values": [did("performed_event", **MONTH) | {"negation": True}]},
        ],
    }
    do_waiting_jobs()
    cohort = Cohort.objects.get(project=visitor.project, name="Growers")
    page = visitor.get(f"cohorts/{cohort.pk}")
    assert [row["name"] for row in page.context["members"]] == ["ada@example.com"]
    assert visitor.get("cohorts").context["cohorts"][0].count == 1
    calculations = visitor.get(f"cohorts/{cohort.pk}", show="calculations").context["calculations"]
    assert [each.count for each, _ in calculations] == [1]


def test_criteria_are_added_and_dropped(visitor: Visitor) -> None:
    fields = edited(visitor, blank(visitor), add="criterion:0")
    fields = changed(changed(fields, "c0-0-key", "first"), "c0-1-key", "second")
    fields = edited(visitor, fields, drop="0-0")
    assert ("c0-0-key", "second") in fields and not any(name.startswith("c0-1") for name, _ in fields)
    fields = edited(visitor, changed(fields, "c0-0-kind", "performed_event"), add="filter:0-0")
    assert [value for name, value in fields if name == "c0-0-property"] == [""]
    assert not any(name == "c0-0-property" for name, _ in edited(visitor, fields, drop="0-0:0"))


def test_what_is_missing_is_said_where_it_is(visitor: Visitor) -> None:
    page = saved(visitor, "cohorts/new", edited(visitor, blank(visitor), add="group:0"))
    assert page.status_code == 422
    assert page.context["faults"] == {"0-0": "Choose a property.", "0-1-0": "Choose a property."}
    assert not Cohort.objects.filter(project=visitor.project).exists()


def test_what_the_rules_refuse_is_said_where_it_is(visitor: Visitor) -> None:
    fields = changed(changed(blank(visitor), "c0-0-key", "email"), "c0-0-operator", "regex")
    page = saved(visitor, "cohorts/new", changed(fields, "c0-0-value", "("))
    assert page.status_code == 422
    assert page.context["faults"] == {"0-0": "'(' is not a valid regular expression."}


def test_a_cohort_by_a_query(visitor: Visitor) -> None:
    make_person(visitor, "ada")
    visitor.send("paid", "ada")
    text = "SELECT person_id FROM events WHERE event = 'paid'"
    fields = changed(changed(blank(visitor), "way", "query"), "query", text)
    assert saved(visitor, "cohorts/new", fields).status_code == 302
    do_waiting_jobs()
    cohort = Cohort.objects.get(project=visitor.project)
    assert cohort.count == 1 and cohort.query == {"kind": "HogQLQuery", "query": text}
    assert visitor.get(f"cohorts/{cohort.pk}", show="definition").context["fields"]["query"] == text


def test_a_list_from_a_file_tells_who_is_not_known(visitor: Visitor) -> None:
    make_person(visitor, "ada", email="ada@example.com")
    file = SimpleUploadedFile("people.csv", b"email\nAda@example.com\nnobody@example.com\n")
    sent = {"name": "From a file", "way": "list", "csv": file, "save": "on", "base": "{}"}
    response = visitor.client.post(f"/project/{visitor.project.pk}/cohorts/new", sent)
    assert response.status_code == 302
    do_waiting_jobs()
    page = visitor.client.get(response.headers["Location"])
    assert [row["name"] for row in page.context["members"]] == ["ada@example.com"]
    assert "The latest file named 2, of which 1 is nobody here." in page.content.decode()


def test_persons_are_added_by_any_name(visitor: Visitor) -> None:
    persons = [make_person(visitor, name, email=f"{name}@example.com") for name in ("ada", "bob", "eve")]
    cohort = Cohort.objects.create(project=visitor.project, name="List", is_static=True, count=0)
    address = f"/project/{visitor.project.pk}/cohorts/{cohort.pk}/change"
    sent = {"do": "add", "persons": f"ada\r\nbob@example.com\n\n{persons[2].uuid}\nwho?"}
    visitor.client.post(address, sent)
    do_waiting_jobs()
    page = visitor.get(f"cohorts/{cohort.pk}")
    assert len(page.context["members"]) == 3
    assert [str(each) for each in page.context["messages"]][1:] == ["Nobody here is known as who?."]


def test_a_copy_a_deletion_and_what_is_in_the_way(visitor: Visitor) -> None:
    make_person(visitor, "ada", plan="Grove")
    top = {"type": "AND", "values": [has("plan", "is_set")]}
    cohort = Cohort.objects.create(project=visitor.project, name="Some", filters={"properties": top})
    address = f"/project/{visitor.project.pk}/cohorts/{cohort.pk}/change"
    copy = visitor.client.post(address, {"do": "duplicate"}).headers["Location"]
    do_waiting_jobs()
    assert len(visitor.client.get(copy).context["members"]) == 1
    user = {"type": "AND", "values": [{"type": "cohort", "key": "id", "value": cohort.pk, "negation": False}]}
    other = Cohort.objects.create(project=visitor.project, name="User of it", filters={"properties": user})
    refused = visitor.client.post(address, {"do": "delete"}, follow=True)
    assert "User of it" in str(next(iter(refused.context["messages"])))
    Cohort.objects.filter(pk=other.pk).update(deleted=True)
    assert (
        visitor.client.post(address, {"do": "delete"}).headers["Location"] == f"/project/{visitor.project.pk}/cohorts"
    )
    assert [each.name for each in visitor.get("cohorts").context["cohorts"]] == ["Some (static copy)"]


def test_cohorts_of_other_projects_do_not_exist(visitor: Visitor) -> None:
    other = Cohort.objects.create(project=make_project(), name="Theirs")
    assert visitor.get(f"cohorts/{other.pk}").status_code == 404
    address = f"/project/{visitor.project.pk}/cohorts/{other.pk}/change"
    assert visitor.client.post(address, {"do": "delete"}).status_code == 404


BROKEN = ["", "[", "1", "[]", '{"values": [1]}', '{"type": "AND", "values": [{}]}', "[" * 20_000]
BROKEN += [
    '{"type": "AND", "values": [{"type": "behavioral", "value": {}}]}',
    '{"type": "AND", "values": [{"type": "person", "key": ["a"]}]}',
    '{"type": "AND", "values": [{"type": "behavioral", "value": "performed_event", "event_filters": [1]}]}',
]


@pytest.mark.parametrize("base", BROKEN)
def test_a_form_that_no_page_had_is_no_error(visitor: Visitor, base: str) -> None:
    response = visitor.client.post(f"/project/{visitor.project.pk}/cohorts/new", {"base": base, "add": "group:0"})
    assert response.status_code == 200
