"""What is done later, or follows from what is stored, does not reach another organization either."""

from typing import Any

import orjson

from hedgerow.cohorts.models import Cohort, StaticMember
from hedgerow.exports.models import ExportedAsset
from hedgerow.files.models import Entry
from hedgerow.saved_insights.models import Insight
from hedgerow.work.worker import do_waiting_jobs
from tests.tenancy.callers import Answer, Caller, session
from tests.tenancy.filled import TREND
from tests.tenancy.world import World


def test_an_entry_that_names_anothers_object_leads_nowhere(world: World) -> None:
    """The entries of a tree say what they are of in words, and anything can be said."""
    owner, base = session(world.own), f"/api/projects/{world.own.account.project.pk}/file_system"
    for kind, ref in (
        ("insight", world.other.ids["insights"][1]),
        ("dashboard", world.other.one("dashboards")),
        ("cohort", world.other.one("cohorts")),
        ("action", world.other.one("actions")),
    ):
        entry = Entry(project=world.own.account.project, type=kind, ref=ref)
        entry.put_at(f"Found/{kind}")
        entry.save()
        for method, path in (("get", f"{base}/{entry.pk}/"), ("get", f"{base}/?type={kind}")):
            assert world.call(owner, method, path)[1] == []
        for method, path in (("delete", f"{base}/{entry.pk}/"), ("post", f"{base}/undo_delete/")):
            answer, faults = world.call(owner, method, path, {"items": [{"type": kind, "ref": ref}]})
            assert (answer.status < 500, faults) == (True, []), (kind, method, answer)


def test_a_file_of_what_is_anothers_is_not_made(world: World) -> None:
    owner, project = session(world.own), world.own.account.project
    sql = f"select properties from persons where id in cohort {world.other.one('cohorts')}"
    for context, export_format in (
        ({"session_recording_id": world.other.one("session_recordings")}, ExportedAsset.Format.JSON),
        ({"source": {"kind": "HogQLQuery", "query": sql}}, ExportedAsset.Format.CSV),
        ({"source": {**TREND, "properties": [cohort_of_the_other(world)]}}, ExportedAsset.Format.CSV),
    ):
        body = {"export_format": export_format, "export_context": context}
        answer, faults = world.look_at(lambda body=body: make_file(owner, project.pk, body))
        assert (answer.status, faults) == (404, []), (context, answer)


def make_file(caller: Caller, project_id: int, body: object) -> Answer:
    """Ask for a file, have it made, and fetch it."""
    asked = caller.call("post", f"/api/projects/{project_id}/exports/", body)
    assert asked.status == 201, asked
    do_waiting_jobs()
    return caller.call("get", f"/api/projects/{project_id}/exports/{orjson.loads(asked.text)['id']}/content/")


def test_a_cohort_of_anothers_cohort_stays_empty(world: World) -> None:
    owner, project = session(world.own), world.own.account.project
    query = {"kind": "ActorsQuery", "properties": [cohort_of_the_other(world)]}
    body = {"name": "Theirs", "is_static": True, "query": query}
    made = owner.call("post", f"/api/projects/{project.pk}/cohorts/", body)
    assert made.status == 201, made
    do_waiting_jobs()
    cohort = Cohort.objects.get(project=project, name="Theirs")
    assert not StaticMember.objects.filter(cohort=cohort).exists()


def test_an_insight_filtered_by_anothers_cohort_has_no_answer(world: World) -> None:
    owner, project = session(world.own), world.own.account.project
    query = {**TREND, "properties": [cohort_of_the_other(world)]}
    insight = Insight.objects.create(project=project, name="Theirs", query=query)
    answer, faults = world.call(
        owner, "get", f"/api/projects/{project.pk}/insights/{insight.pk}/?refresh=force_blocking"
    )
    assert faults == []
    assert not orjson.loads(answer.text).get("result"), answer


def test_a_search_finds_ones_own_alone(world: World) -> None:
    owner, project = session(world.own), world.own.account.project.pk
    base = f"/api/projects/{project}"
    lists = ("insights", "dashboards", "cohorts", "persons", "event_definitions", "property_definitions")
    lists += ("file_system", "actions", "dashboard_templates", "subscriptions", "groups")
    for path in (*(f"{base}/{each}/" for each in lists), f"/project/{project}/search", f"/project/{project}/files"):
        for word, finds in ((world.own.word, True), (world.other.word[:-1], False)):
            query = {"search": word, "q": word}
            if path.endswith("/groups/"):
                query["group_type_index"] = "0" if finds else "1"
            answer = Answer(200, owner.client.get(path, query).content.decode())
            assert world.other.word not in answer.text, path


def cohort_of_the_other(world: World) -> dict[str, Any]:
    """A filter by it."""
    return {"type": "cohort", "key": "id", "value": world.other.number("cohorts")}
