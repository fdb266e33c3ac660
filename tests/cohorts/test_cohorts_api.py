"""Cohorts over the API: made, read, listed, changed, deleted and restored."""

from typing import Any

import pytest

from hedgerow.cohorts.models import Cohort
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria, did, person
from tests.queries.asking import make_project

PRO = person("plan", ["pro"])
KEYS = {
    *("id", "name", "description", "groups", "deleted", "filters", "query", "version", "pending_version"),
    *("is_calculating", "created_by", "created_at", "last_calculation", "errors_calculating", "last_error_message"),
    *("count", "is_static", "cohort_type", "experiment_set", "_create_in_folder", "_create_static_person_ids"),
    *("last_import_total_count", "last_import_unmatched_count"),
}


@pytest.fixture
def people(cohorts: Cohorts) -> Cohorts:
    """Two people on a plan and one without."""
    cohorts.add_people({"ada": {"plan": "pro"}, "bob": {"plan": "free"}, "cy": {}})
    return cohorts


def test_a_new_cohort_is_calculated_in_the_background(people: Cohorts) -> None:
    """The answer comes before the members are known."""
    made = people.make(name="Pro", filters=criteria(PRO), _create_in_folder="x")
    assert set(made) == KEYS
    assert made["filters"] == criteria({**PRO, "negation": False})
    expected = {"is_calculating": True, "version": None, "pending_version": 1, "count": None, "groups": []}
    assert made.items() >= {**expected, "cohort_type": "person_property", "errors_calculating": 0}.items()
    assert made["_create_in_folder"] is None and made["_create_static_person_ids"] is None
    assert made["experiment_set"] == []
    assert people.members(made["id"]) == []
    do_waiting_jobs()
    now = people.get(made["id"])
    expected = {"is_calculating": False, "version": 1, "pending_version": 1, "count": 1, "last_error_message": None}
    assert now.items() >= expected.items()
    assert now["last_calculation"] is not None
    assert people.members(made["id"]) == ["ada"]


def test_a_cohort_without_criteria_has_no_members(people: Cohorts) -> None:
    """That is said, but is no failure."""
    made = people.make()
    assert (made["name"], made["filters"], made["cohort_type"]) == (None, {"properties": {}}, None)
    do_waiting_jobs()
    now = people.get(made["id"])
    assert (now["count"], now["errors_calculating"]) == (0, 0)
    assert now["last_error_message"] == ("This cohort has no matching criteria defined. Please add at least one.")
    (row,) = people.send("GET", f"{made['id']}/calculation_history/").json()["results"]
    assert (row["error"], row["error_code"], row["count"]) == ("Cohort has no properties defined", "no_properties", 0)


def test_the_list_shows_what_is_asked_for(people: Cohorts) -> None:
    """The newest first, a page at a time, without deleted ones and those of other projects."""
    ids = [people.make(name=name, filters=criteria(PRO))["id"] for name in ("One", "Two", "onerous")]
    static = people.make(name="List", is_static=True)["id"]
    behavioral = people.make(name="Buyers", filters=criteria(did("buy")))["id"]
    of_buyers = people.make(filters=criteria({"type": "cohort", "key": "id", "value": behavioral}))["id"]
    gone = people.make(name="Gone")["id"]
    people.change(gone, deleted=True)
    Cohort.objects.create(project=make_project(), name="Foreign")

    def listed(query: str = "") -> list[int]:
        response = people.send("GET", query)
        assert response.status_code == 200
        return [each["id"] for each in response.json()["results"]]

    everything = [of_buyers, behavioral, static, *reversed(ids)]
    assert listed() == listed("?type=other&nonsense=1") == everything
    assert listed("?type=static") == [static]
    assert listed("?type=dynamic") == [each for each in everything if each != static]
    assert listed("?search=ONE") == [ids[2], ids[0]]
    assert listed("?hide_behavioral_cohorts=true") == [static, *reversed(ids)]
    author = people.get(static)["created_by"]["id"]
    assert listed(f"?created_by_id={author}") == everything
    assert listed(f"?created_by_id={author + 1}") == []
    page = people.send("GET", "?limit=2&offset=2").json()
    assert page["count"] == 6 and len(page["results"]) == 2 and "offset=4" in page["next"]
    brief = people.send("GET", "?basic=true").json()["results"][0]
    assert KEYS - set(brief) == {"filters", "query", "groups"}
    assert people.send("GET", "?search=" + "x" * 201).json() == {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "Search query must be 200 characters or fewer.",
        "attr": "search",
    }


def test_any_change_calculates_anew(people: Cohorts) -> None:
    """Also of the name, and also none at all."""
    made = people.make(name="Pro", filters=criteria(PRO))
    do_waiting_jobs()
    renamed = people.change(made["id"], name="Paying")
    assert renamed.items() >= {"name": "Paying", "pending_version": 2, "version": 1, "is_calculating": True}.items()
    assert people.change(made["id"])["pending_version"] == 3
    do_waiting_jobs()
    assert people.get(made["id"]).items() >= {"version": 3, "count": 1, "is_calculating": False}.items()


def test_what_is_got_can_be_sent_back(people: Cohorts) -> None:
    """Every answer is a request that changes nothing."""
    for body in ({"filters": criteria(PRO)}, {"groups": [{"event_id": "buy", "days": 7}]}, {"is_static": True}, {}):
        made = people.make(**body)
        sent_back = people.change(made["id"], **made)
        assert sent_back["filters"] == made["filters"]
        assert sent_back["cohort_type"] == made["cohort_type"]


def test_delete_is_not_allowed(people: Cohorts) -> None:
    """The answer has no body, and nothing has changed."""
    made = people.make(name="Kept")
    response = people.send("DELETE", f"{made['id']}/")
    assert (response.status_code, response.content) == (405, b"")
    assert people.get(made["id"])["deleted"] is False


def test_a_deleted_cohort_can_be_seen_and_restored(people: Cohorts, django_capture_on_commit_callbacks: Any) -> None:
    """Restored, it is calculated anew; the log tells both."""
    made = people.make(name="Pro", filters=criteria(PRO))
    do_waiting_jobs()
    with django_capture_on_commit_callbacks(execute=True):
        gone = people.change(made["id"], deleted=True)
    assert gone["deleted"] is True and gone["pending_version"] == 1
    assert people.get(made["id"])["deleted"] is True
    assert people.members(made["id"]) == []
    with django_capture_on_commit_callbacks(execute=True):
        back = people.change(made["id"], deleted=False)
    assert back["pending_version"] == 2
    do_waiting_jobs()
    assert people.members(made["id"]) == ["ada"]
    log = people.send("GET", f"{made['id']}/activity/").json()["results"]
    assert [entry["activity"] for entry in log] == ["restored", "deleted"]


def test_the_log_tells_changed_fields_and_pages(people: Cohorts, django_capture_on_commit_callbacks: Any) -> None:
    """Recalculations are not told."""
    with django_capture_on_commit_callbacks(execute=True):
        made = people.make(name="Pro", filters=criteria(PRO))
    with django_capture_on_commit_callbacks(execute=True):
        people.change(made["id"], name="Paying")
        people.change(made["id"])
    first = people.send("GET", f"{made['id']}/activity/?limit=1").json()
    assert first["total_count"] == 2
    (entry,) = first["results"]
    assert (entry["activity"], entry["scope"], entry["item_id"]) == ("updated", "Cohort", str(made["id"]))
    assert entry["detail"]["changes"] == [
        {"type": "Cohort", "action": "changed", "field": "name", "before": "Pro", "after": "Paying"}
    ]
    everything = people.send("GET", "activity/").json()["results"]
    assert [each["activity"] for each in everything] == ["updated", "created"]
    assert people.send("GET", "999999/activity/").status_code == 404


def test_cohorts_of_other_projects_are_not_there(people: Cohorts) -> None:
    """Nor are ids that are no numbers."""
    foreign = Cohort.objects.create(project=make_project(), name="Foreign", is_static=True)
    for path in (f"{foreign.pk}/", f"{foreign.pk}/persons/", f"{foreign.pk}/used_in/", "abc/", f"{'9' * 30}/"):
        assert people.send("GET", path).status_code == 404, path
    assert people.send("PATCH", f"{foreign.pk}/", {"name": "Mine"}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "attr", "detail"),
    [
        ({"name": "x" * 401}, "name", "Ensure this field has no more than 400 characters."),
        ({"description": "x" * 1001}, "description", "Ensure this field has no more than 1000 characters."),
        ({"cohort_type": "x"}, "cohort_type", '"x" is not a valid choice.'),
        ({"cohort_type": "static"}, "cohort_type", "Invalid cohort type for the given filters"),
        (
            {"cohort_type": "behavioral", "filters": criteria(PRO)},
            "cohort_type",
            "Cohort type 'behavioral' does not match the filters. Expected type: 'person_property'",
        ),
        ({"query": [], "is_static": True}, "query", "Query must be a dictionary."),
        (
            {"query": {"kind": "TrendsQuery"}, "is_static": True},
            "query",
            "Query must be an ActorsQuery or HogQLQuery. Got: TrendsQuery",
        ),
        (
            {"query": {"kind": "HogQLQuery", "query": "select 1"}, "filters": criteria(PRO), "is_static": True},
            None,
            "Cannot set both query and filters at the same time.",
        ),
        ({"groups": [{}]}, "groups", "Cohort group needs properties or action_id or event_id"),
        ({"groups": [{"properties": 5}]}, "groups", "groups[0]: properties must be a list of filters."),
        (
            {"filters": criteria({"type": "cohort", "key": "id", "value": 999_999})},
            None,
            "Invalid Cohort ID in filter",
        ),
        (
            {"is_static": True, "_create_static_person_ids": ["x"]},
            "_create_static_person_ids__0",
            "Must be a valid UUID.",
        ),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_leaves_nothing(
    cohorts: Cohorts, fields: dict[str, Any], attr: str | None, detail: str
) -> None:
    """With the field at fault."""
    error = cohorts.refused(**fields)
    assert (error["attr"], error["detail"]) == (attr, detail)
    assert not Cohort.objects.filter(project=cohorts.project).exists()
    assert not Job.objects.exists()


def test_the_type_follows_from_the_definition(cohorts: Cohorts) -> None:
    """Also where a cohort it names changes; `realtime` stands for the types that others call so."""
    base = cohorts.make(filters=criteria(PRO), cohort_type="realtime")
    assert base["cohort_type"] == "person_property"
    user = cohorts.make(filters=criteria({"type": "cohort", "key": "id", "value": base["id"]}))
    assert user["cohort_type"] == "person_property"
    assert cohorts.change(base["id"], filters=criteria(did("buy")))["cohort_type"] == "behavioral"
    assert cohorts.get(user["id"])["cohort_type"] == "behavioral"
    first = did("buy", "performed_event_first_time")
    assert cohorts.make(filters=criteria(PRO, first, type="OR"))["cohort_type"] == "analytical"
    assert cohorts.make(is_static=True)["cohort_type"] == "static"


def test_cohorts_can_name_each_other_but_not_in_a_loop(people: Cohorts) -> None:
    """A change of one calculates those that build on it, after it."""

    def of(cohort_id: int) -> dict[str, Any]:
        return criteria({"type": "cohort", "key": "id", "value": cohort_id})

    c = people.make(name="C", filters=criteria(PRO))["id"]
    b = people.make(name="B", filters=of(c))["id"]
    a = people.make(name="A", filters=of(b))["id"]
    do_waiting_jobs()
    assert [people.members(each) for each in (a, b, c)] == [["ada"]] * 3
    for cohort_id, filters in ((c, of(a)), (c, of(c))):
        error = people.refused("PATCH", f"{cohort_id}/", filters=filters)
        assert (error["detail"], error["attr"]) == ("Cohorts cannot reference other cohorts in a loop.", None)
    before = {each: people.get(each)["version"] for each in (a, b, c)}
    people.change(c, filters=criteria(person("plan", "free")))
    assert Job.objects.get(kind="cohorts.calculate").arguments["chain"] == [
        [each, before[each] + 1] for each in (c, b, a)
    ]
    do_waiting_jobs()
    assert [people.members(each) for each in (a, b, c)] == [["bob"]] * 3


def test_a_cohort_that_is_used_cannot_be_deleted(people: Cohorts) -> None:
    """By another cohort, or to leave out the project's own people."""
    base = people.make(name="Base", filters=criteria(PRO))["id"]
    user = people.make(name="User", filters=criteria({"type": "cohort", "key": "id", "value": base}))["id"]
    used_in = people.send("GET", f"{base}/used_in/").json()
    assert used_in["cohorts"] == {"results": [{"id": user, "name": "User"}], "total": 1, "has_more": False}
    assert used_in["insights"] == used_in["feature_flags"] == {"results": [], "total": 0, "has_more": False}
    assert people.refused("PATCH", f"{base}/", deleted=True)["detail"] == (
        "This cohort is used as criteria in 1 other cohort(s): User. "
        "Please remove this cohort from those cohort definitions before deleting it."
    )
    people.change(user, deleted=True)
    people.project.test_account_filters = [{"type": "cohort", "key": "id", "value": base, "operator": "not_in"}]
    people.project.save()
    assert people.refused("PATCH", f"{base}/", deleted=True)["detail"] == (
        "This cohort is used in 'Filter out internal and test users' for 1 environment(s): Shop. "
        "Please remove the cohort from these test account filters before deleting it."
    )
    people.project.test_account_filters = []
    people.project.save()
    assert people.change(base, deleted=True)["deleted"] is True


def test_keys_need_their_scopes(people: Cohorts) -> None:
    """The members of a cohort are persons."""
    from tests.queries.asking import make_api

    cohort = people.make(filters=criteria(PRO))["id"]
    reader = make_api(people.project, people.store, ["cohort:read"]).key
    assert people.send("GET", f"{cohort}/", key=reader).status_code == 200
    refused = people.send("GET", f"{cohort}/persons/", key=reader)
    assert (refused.status_code, refused.json()["detail"]) == (403, "API key missing required scope 'person:read'")
    assert people.send("PATCH", f"{cohort}/", {}, key=reader).status_code == 403
    assert people.send("GET", "activity/", key=reader).status_code == 403
