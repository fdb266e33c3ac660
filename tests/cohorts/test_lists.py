"""Static cohorts: lists of persons, given one by one, uploaded, found by a query, or copied."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hedgerow.cohorts.models import MemberChange
from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria, did, person

SAVE_AS_UTF8 = "CSV file encoding is not supported. Please save your file as UTF-8 and try again."


@pytest.fixture
def people(cohorts: Cohorts) -> Cohorts:
    """Four people with addresses."""
    cohorts.add_people({name: {"email": f"{name}@Example.com", "plan": "pro"} for name in ("ada", "bob", "cy", "dan")})
    return cohorts


def upload(cohorts: Cohorts, content: bytes | str, cohort_id: int | None = None) -> Any:
    """Send a file as a form: for a new cohort, or one that is there."""
    data = content.encode() if isinstance(content, str) else content
    form = {"name": "List", "is_static": "true", "csv": SimpleUploadedFile("list.csv", data, "text/csv")}
    path = f"/api/projects/{cohorts.project.pk}/cohorts/{f'{cohort_id}/' if cohort_id else ''}"
    return cohorts.api.client.generic(
        "PATCH" if cohort_id else "POST",
        path,
        encode_multipart(BOUNDARY, form),
        content_type=MULTIPART_CONTENT,
        headers={"Authorization": f"Bearer {cohorts.api.key}"},
    )


def ids(cohorts: Cohorts, *names: str) -> list[str]:
    """Uuids as text."""
    return [str(cohorts.person(name)) for name in names]


def test_a_list_can_be_given_with_the_cohort(people: Cohorts) -> None:
    """Persons who are not there are left out; the count is right in the answer."""
    made = people.make(is_static=True, _create_static_person_ids=ids(people, "ada", "bob", "nobody", "ada"))
    expected = {
        "count": 2,
        "is_calculating": False,
        "cohort_type": "static",
        "version": None,
        "filters": {"properties": {}},
    }
    assert made.items() >= expected.items()
    do_waiting_jobs()
    assert people.members(made["id"]) == ["ada", "bob"]
    assert people.change(made["id"], _create_static_person_ids=ids(people, "cy"))["count"] == 3


def test_persons_are_added_and_removed(people: Cohorts, django_capture_on_commit_callbacks: Any) -> None:
    """Twice is as good as once; the event store knows at once."""
    made = people.make(is_static=True)["id"]
    assert people.get(made)["count"] == 0
    add, remove = f"{made}/add_persons_to_static_cohort/", f"{made}/remove_person_from_static_cohort/"
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            response = people.send("PATCH", add, {"person_ids": ids(people, "ada", "bob", "nobody")})
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert people.get(made)["count"] == 2
    assert people.members(made) == ["ada", "bob"]
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            response = people.send("PATCH", remove, {"person_id": ids(people, "ada")[0]})
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert people.get(made)["count"] == 1
    assert people.members(made) == ["bob"]
    assert not MemberChange.objects.exists()
    log = people.send("GET", f"{made}/activity/").json()["results"]
    assert {entry["activity"] for entry in log} == {"persons_added_manually", "person_removed_manually"}


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ({}, "person_ids must be a list"),
        ({"person_ids": "x"}, "person_ids must be a list"),
        ({"person_ids": []}, "person_ids cannot be empty"),
        ({"person_ids": ["00000000-0000-0000-0000-000000000000"] * 1001}, "List size exceeds limit"),
        ({"person_ids": ["00000000-0000-0000-0000-000000000000"]}, "No valid users to add to cohort"),
        ({"person_ids": ["x"]}, "Must be a valid UUID."),
    ],
)
def test_what_cannot_be_added_is_refused(cohorts: Cohorts, given: dict[str, Any], detail: str) -> None:
    """With the reason."""
    made = cohorts.make(is_static=True)["id"]
    error = cohorts.refused("PATCH", f"{made}/add_persons_to_static_cohort/", **given)
    assert error["detail"] == detail
    assert error["attr"] == ("person_ids__0" if "UUID" in detail else None)


def test_the_list_of_a_dynamic_cohort_is_not_changed_by_hand(people: Cohorts) -> None:
    """Nor is a person removed who is not one."""
    made = people.make()["id"]
    assert people.refused("PATCH", f"{made}/add_persons_to_static_cohort/", person_ids=[])["detail"] == (
        "Can only add users to static cohorts"
    )
    remove = f"{made}/remove_person_from_static_cohort/"
    assert people.refused("PATCH", remove)["detail"] == "Can only remove users from static cohorts"
    static = people.make(is_static=True)["id"]
    remove = f"{static}/remove_person_from_static_cohort/"
    for given, detail in (
        ({}, "person_id is required"),
        ({"person_id": 5}, "person_id must be a string"),
        ({"person_id": "x"}, "person_id must be a valid UUID"),
    ):
        assert people.refused("PATCH", remove, **given)["detail"] == detail
    missing = people.send("PATCH", remove, {"person_id": ids(people, "nobody")[0]})
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        "Person with this UUID does not exist in the cohort's team",
    )


@pytest.mark.parametrize(
    ("content", "members", "unmatched"),
    [
        ("ada\nbob\nzed\n", ["ada", "bob"], 1),
        ("\n\n distinct_id \nada\n\nbob\n", ["ada", "bob"], 0),
        ("\ufeffEmail\nADA@example.com\ncy@example.COM\n", ["ada", "cy"], 0),
        ("name,Distinct-Id,email\nx,dan,ada@example.com\ny\nz,bob,\n", ["bob", "dan"], 0),
        ("name,e-mail\nx,dan@example.com\n", ["dan"], 0),
    ],
)
def test_uploaded_lists_name_persons_in_many_ways(
    people: Cohorts, content: str, members: Sequence[str], unmatched: int
) -> None:
    """By distinct id or e-mail, in one column or in one of several."""
    response = upload(people, content)
    assert response.status_code == 201, response.content
    made = response.json()
    assert made["is_calculating"] is True
    do_waiting_jobs()
    now = people.get(made["id"])
    assert people.members(made["id"]) == members
    expected = {"is_calculating": False, "count": len(members), "last_import_unmatched_count": unmatched}
    assert now.items() >= {**expected, "last_import_total_count": len(members) + unmatched}.items()
    assert now["last_calculation"] is not None


def test_uploaded_lists_name_persons_by_uuid(people: Cohorts) -> None:
    """Also in the form in which members are given out; a second file adds."""
    ada, bob, cy = ids(people, "ada", "bob", "cy")
    made = upload(people, f"Person .id\n{ada}\nnot-a-uuid\n").json()["id"]
    do_waiting_jobs()
    assert people.members(made) == ["ada"]
    given_out = people.send("GET", f"{made}/persons/?format=csv").content.decode()
    assert upload(people, given_out.replace(ada, bob), made).status_code == 200
    do_waiting_jobs()
    assert people.members(made) == ["ada", "bob"]
    upload(people, f"x,person_id,email\n1,{cy},ada@example.com\n", made)
    do_waiting_jobs()
    assert people.members(made) == ["ada", "bob", "cy"]


def test_a_long_list_is_taken_in_parts(people: Cohorts) -> None:
    """All of them count."""
    rows = [f"person{index}" for index in range(2497)] + ["ada", "bob", "cy"]
    made = upload(people, "\n".join(rows)).json()["id"]
    do_waiting_jobs()
    now = people.get(made)
    assert (now["count"], now["last_import_total_count"], now["last_import_unmatched_count"]) == (3, 2500, 2497)


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("", "CSV file is empty. Please upload a CSV file with at least one row of data."),
        ("\n , \n", "CSV file is empty. Please upload a CSV file with at least one row of data."),
        (
            "a,b\n1,2\n",
            "Multi-column CSV must contain at least one column with a supported ID header: 'person_id', 'Person .id' "
            "(PostHog export format), 'distinct_id', 'distinct-id', or 'email'. Found columns: a, b",
        ),
        (
            "email\n",
            "CSV file contains no valid person IDs, distinct IDs, or email addresses. Please ensure your file has data "
            "rows with person IDs, distinct IDs, or email addresses.",
        ),
        ("andré\n".encode("latin-1"), SAVE_AS_UTF8),
    ],
)
def test_files_that_are_no_lists_are_refused(cohorts: Cohorts, content: bytes | str, detail: str) -> None:
    """Before a cohort is made."""
    response = upload(cohorts, content)
    assert (response.status_code, response.json()["detail"], response.json()["attr"]) == (400, detail, "csv")
    assert cohorts.send("GET").json()["count"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "select person_id from events where event = 'buy'",
        "select distinct_id from events where event = 'buy'",
        "select event, count() from events where event = 'buy' group by event",
        "select id from persons where properties.plan = 'pro' and id != {other}",
        "select distinct_id from person_distinct_ids where distinct_id in ('ada', 'bob')",
        "select toString(person_id) as actor_id from events where event = 'buy'",
        "select person_id from events where event = 'buy' union all select id as person_id from persons where 1 = 2",
    ],
)
def test_a_query_finds_the_members(people: Cohorts, query: str) -> None:
    """By a column of persons, by the table it reads, or by distinct ids."""
    for name in ("ada", "bob", "ghost"):
        people.api.store_event("buy", name)
    people.api.store_event("look", "cy")
    others = ids(people, "cy", "dan")
    query = query.replace("id != {other}", f"id not in ('{others[0]}', '{others[1]}')")
    made = people.make(is_static=True, query={"kind": "HogQLQuery", "query": query})
    assert made["is_calculating"] is True
    do_waiting_jobs()
    assert people.members(made["id"]) == ["ada", "bob"]
    assert people.get(made["id"]).items() >= {"count": 2, "is_calculating": False, "errors_calculating": 0}.items()


def test_the_actors_behind_a_number_become_members(people: Cohorts) -> None:
    """Of a funnel's step, whatever the page and the columns the list was asked with; or persons by their properties."""
    for name in ("ada", "bob"):
        people.api.store_event("look", name, datetime.now(UTC) - timedelta(hours=2))
    people.api.store_event("buy", "bob", datetime.now(UTC) - timedelta(hours=1))
    steps = [{"kind": "EventsNode", "event": "look"}, {"kind": "EventsNode", "event": "buy"}]
    step = {"kind": "FunnelsActorsQuery", "source": {"kind": "FunnelsQuery", "series": steps}, "funnelStep": 1}
    actors = {"kind": "ActorsQuery", "source": step, "select": ["actor", "event_count"], "limit": 1, "search": "zed"}
    made = people.make(is_static=True, query=actors)["id"]
    do_waiting_jobs()
    assert people.members(made) == ["ada", "bob"]
    listed = {"kind": "ActorsQuery", "properties": [person("email", "cy", "icontains")]}
    made = people.make(query=listed)["id"]
    do_waiting_jobs()
    assert people.members(made) == ["cy"]
    error = people.refused(query={"kind": "ActorsQuery", "source": {"kind": "FunnelsActorsQuery"}}, is_static=True)
    assert error["attr"] == "query"


def test_a_query_that_names_no_persons_fails_when_it_is_run(people: Cohorts) -> None:
    """The cohort is there, and says why it has no members."""
    made = people.make(is_static=True, query={"kind": "HogQLQuery", "query": "select 1 from groups"})["id"]
    do_waiting_jobs()
    now = people.get(made)
    assert (now["errors_calculating"], now["is_calculating"], now["count"]) == (1, False, 0)
    assert "Could not find a person_id, actor_id, id, or distinct_id column in the query" in now["last_error_message"]
    (row,) = people.send("GET", f"{made}/calculation_history/").json()["results"]
    assert (row["is_completed"], row["is_successful"]) == (True, False)


def test_a_query_can_also_be_asked_again_and_again(people: Cohorts) -> None:
    """As a dynamic cohort."""
    query = {"kind": "HogQLQuery", "query": "select distinct person_id from events where event = 'buy'"}
    made = people.make(query=query)
    assert (made["cohort_type"], made["query"]) == ("analytical", query)
    people.api.store_event("buy", "ada")
    do_waiting_jobs()
    assert people.members(made["id"]) == ["ada"]
    people.api.store_event("buy", "cy")
    people.change(made["id"])
    do_waiting_jobs()
    assert people.members(made["id"]) == ["ada", "cy"]
    changed = people.change(made["id"], filters=criteria(person("plan", "none")))
    assert (changed["query"], changed["cohort_type"]) == (None, "person_property")


def test_criteria_of_a_static_cohort_are_evaluated_once(people: Cohorts) -> None:
    """And cannot be changed."""
    people.api.store_event("buy", "ada")
    filters = criteria(did("buy"))
    made = people.make(is_static=True, filters=filters)["id"]
    do_waiting_jobs()
    people.api.store_event("buy", "bob")
    people.change(made, name="Buyers")
    do_waiting_jobs()
    assert people.members(made) == ["ada"]
    error = people.refused("PATCH", f"{made}/", filters=criteria(did("look")))
    assert error["detail"] == (
        "Editing the criteria of a static cohort is not supported yet. Create a new static cohort instead."
    )


def test_a_cohort_can_become_static_and_dynamic(people: Cohorts) -> None:
    """Its members of that moment become its list; a list is dropped for criteria."""
    people.api.store_event("buy", "ada")
    made = people.make(filters=criteria(did("buy")))["id"]
    do_waiting_jobs()
    people.change(made, is_static=True)
    people.api.store_event("buy", "bob")
    do_waiting_jobs()
    assert (people.members(made), people.get(made)["count"]) == (["ada"], 1)
    people.change(made, is_static=False)
    do_waiting_jobs()
    assert (people.members(made), people.get(made)["count"]) == (["ada", "bob"], 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_static_copy_keeps_the_members_of_now(people: Cohorts, method: str) -> None:
    """Of a dynamic cohort, calculated or not, and of a static one."""
    people.api.store_event("buy", "ada")
    calculated = people.make(name="Buyers", filters=criteria(did("buy")))["id"]
    do_waiting_jobs()
    people.api.store_event("buy", "bob")
    fresh = people.make(name="Fresh", filters=criteria(did("buy")), description="never calculated")["id"]
    listed = people.make(name="Listed", is_static=True, _create_static_person_ids=ids(people, "cy"))["id"]
    for source, name, members in (
        (calculated, "Buyers", ["ada"]),
        (fresh, "Fresh", ["ada", "bob"]),
        (listed, "Listed", ["cy"]),
    ):
        response = people.send(method, f"{source}/duplicate_as_static_cohort/")
        assert response.status_code == (200 if method == "GET" else 201)
        copy = response.json()
        assert (copy["name"], copy["is_static"]) == (f"{name} (static copy)", True)
        do_waiting_jobs()
        assert people.members(copy["id"]) == members
        assert people.get(copy["id"])["count"] == len(members)


def test_members_are_paged_searched_and_filtered(people: Cohorts) -> None:
    """The newest first; a next page is named only when there is one."""
    now = datetime.now(UTC)
    people.add_people({"eve": {"email": "eve@x.org", "plan": "free"}}, created_at=now - timedelta(days=1))
    made = people.make(is_static=True, _create_static_person_ids=ids(people, "ada", "bob", "cy", "eve"))["id"]
    do_waiting_jobs()
    first = people.send("GET", f"{made}/persons/?limit=3").json()
    assert len(first["results"]) == 3 and first["results"][0]["distinct_ids"] == ["eve"] and first["previous"] is None
    second = people.api.client.get(first["next"], headers={"Authorization": f"Bearer {people.api.key}"}).json()
    assert len(second["results"]) == 1 and second["next"] is None and second["previous"]
    row = first["results"][0]
    assert row.items() >= {"type": "person", "id": row["uuid"], "name": "eve@x.org", "is_identified": False}.items()
    assert set(row) == {
        *("type", "id", "uuid", "created_at", "last_seen_at", "properties", "is_identified", "name"),
        *("distinct_ids", "matched_recordings", "value_at_data_point"),
    }
    assert people.members(made, "?search=EXAMPLE") == ["ada", "bob", "cy"]
    assert people.members(made, "?search=bo") == ["bob"]
    assert people.members(made, f"?search={ids(people, 'cy')[0][:13]}") == ["cy"]
    assert people.members(made, '?properties=[{"key":"plan","value":"free","type":"person"}]') == ["eve"]
    broken = people.send("GET", f"{made}/persons/?properties=x")
    assert (broken.status_code, broken.json()["detail"]) == (400, "Properties are unparsable!")


def test_members_as_csv(cohorts: Cohorts) -> None:
    """By the address or by what the client accepts; difficult text survives."""
    hard = 'a "quoted", and\nbroken line'
    cohorts.add_people({"ada": {"email": "ada@example.com", "note": hard, "address": {"city": "York"}, "a": "=1+1"}})
    made = cohorts.make(is_static=True, _create_static_person_ids=ids(cohorts, "ada"))["id"]
    do_waiting_jobs()
    by_address = cohorts.send("GET", f"{made}/persons/?format=csv")
    by_header = cohorts.api.client.get(
        f"/api/projects/{cohorts.project.pk}/cohorts/{made}/persons/",
        headers={"Authorization": f"Bearer {cohorts.api.key}", "Accept": "text/csv"},
    )
    assert by_address.content == by_header.content
    assert by_address.content == cohorts.send("GET", f"{made}/persons/?is_csv_export=1").content
    assert by_address["Content-Type"] == "text/csv; charset=utf-8"
    text = by_address.content.decode()
    assert text.splitlines()[0] == (
        "id,email,name,created_at,properties.a,properties.address.city,properties.note,distinct_ids.0,last_seen_at"
    )
    assert '"a ""quoted"", and\nbroken line"' in text and "'=1+1" in text and "York" in text
