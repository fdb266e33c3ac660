"""Search of everything in a project."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboards.models import Dashboard
from hedgerow.files.models import View
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from hedgerow.web.names import event_name
from hedgerow.web.search.ranking import BEGINS, CONTAINS, OTHERWISE, SAME, WORDS, rank_of
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

GROUP = re.compile(r'class="found-kind"[^>]*>([^<]*)</div>(.*?)</div>', re.DOTALL)
HIT = re.compile(r'href="([^"]*)">\s*<span class="found-title">([^<]*)</span>')


def search(visitor: Visitor, text: str) -> dict[str, list[tuple[str, str]]]:
    """What a text finds: by kind, the title and address of each."""
    answer = visitor.client.get(f"/project/{visitor.project.pk}/search", {"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return {
        kind: [(html.unescape(title), html.unescape(address)) for address, title in HIT.findall(hits)]
        for kind, hits in GROUP.findall(answer.content.decode())
    }


def titles(found: dict[str, list[tuple[str, str]]], kind: str) -> list[str]:
    return [title for title, _ in found.get(kind, [])]


def fill(project: Project, word: str) -> dict[str, Any]:
    """One of each kind of object, all named alike."""
    GroupTypeMapping.objects.create(project=project, group_type="company", group_type_index=0)
    return {
        "Dashboards": Dashboard.objects.create(project=project, name=f"{word} board"),
        "Insights": Insight.objects.create(project=project, name=f"{word} trend"),
        "Cohorts": Cohort.objects.create(project=project, name=f"{word} people"),
        "Actions": Action.objects.create(project=project, name=f"{word} click"),
        "Groups": Group.objects.create(
            project=project, group_type_index=0, group_key="x1", group_properties={"name": f"{word} ltd"}
        ),
        "Events": EventDefinition.objects.create(project=project, name=f"{word} paid"),
        "Properties": PropertyDefinition.objects.create(project=project, name=f"{word} plan"),
    }


def test_every_kind_of_object_is_found_and_has_a_page(visitor: Visitor) -> None:
    objects = fill(visitor.project, "Walnut")
    found = search(visitor, "walnut")
    assert set(found) == set(objects)
    for kind, hits in found.items():
        ((title, address),) = hits
        assert "Walnut" in title
        response = visitor.client.get(address)
        assert response.status_code == 200, f"{kind} leads to {address}"
    assert f"insights/{objects['Insights'].short_id}" in found["Insights"][0][1]
    assert f'"id":{objects["Actions"].pk}' in unquote(found["Actions"][0][1])


def test_persons_are_found_by_email_distinct_id_and_uuid(visitor: Visitor) -> None:
    uuid = str(make_person(visitor, "ada-17", email="ada@garden.example").uuid)
    for text in ("ada@garden", "ada-17", uuid):
        ((title, address),) = search(visitor, text)["Persons"]
        assert (title, address) == ("ada@garden.example", f"/project/{visitor.project.pk}/persons/{uuid}")


def test_the_better_fit_comes_first() -> None:
    names = {"sign up": SAME, "sign ups a week": BEGINS, "Up for sign": WORDS, "resign upwards": CONTAINS}
    assert {name: rank_of("sign up", [name]) for name in names} == names
    assert rank_of("sign up", ["nothing"]) == OTHERWISE
    assert rank_of("page view", ["$pageview", "Page view"]) == SAME


def test_results_are_ordered_by_how_well_they_fit(visitor: Visitor) -> None:
    for name in ("My revenue", "Revenue by plan", "revenue", "Unrevenued"):
        Dashboard.objects.create(project=visitor.project, name=name)
    Cohort.objects.create(project=visitor.project, name="Bring no revenue")
    found = search(visitor, "Revenue")
    assert titles(found, "Dashboards") == ["revenue", "Revenue by plan", "My revenue", "Unrevenued"]
    assert next(iter(found)) == "Dashboards"


def test_events_are_found_by_the_words_for_them(visitor: Visitor) -> None:
    EventDefinition.objects.create(project=visitor.project, name="$rageclick")
    assert titles(search(visitor, "rage click"), "Events") == [event_name("$rageclick")]
    assert titles(search(visitor, "$rage"), "Events") == [event_name("$rageclick")]


def test_words_may_come_in_any_order_and_wildcards_are_letters(visitor: Visitor) -> None:
    Dashboard.objects.create(project=visitor.project, name="Weekly growth review")
    assert titles(search(visitor, "review weekly"), "Dashboards") == ["Weekly growth review"]
    assert "Dashboards" not in search(visitor, "weekly%review")


def test_commands(visitor: Visitor) -> None:
    ((title, address),) = search(visitor, "new funnel")["Commands"]
    assert (title, address) == ("New funnel", f"/project/{visitor.project.pk}/insights/funnels")
    assert titles(search(visitor, "go to sql"), "Commands")[0] == "Go to SQL"
    for text in ("new", "go", "connect"):
        for _, address in search(visitor, text)["Commands"]:
            assert visitor.client.get(address).status_code == 200, address


def test_what_is_deleted_or_hidden_is_not_found(visitor: Visitor) -> None:
    project = visitor.project
    Dashboard.objects.create(project=project, name="Walnut", deleted=True)
    Dashboard.objects.create(project=project, name="Walnut", creation_mode=Dashboard.CreationMode.UNLISTED)
    Insight.objects.create(project=project, name="Walnut", deleted=True)
    Insight.objects.create(project=project, name="Walnut", saved=False)
    Cohort.objects.create(project=project, name="Walnut", deleted=True)
    Action.objects.create(project=project, name="Walnut", deleted=True)
    EventDefinition.objects.create(project=project, name="Walnut", hidden=True)
    assert search(visitor, "walnut") == {}


def test_nothing_of_another_project_is_found(visitor: Visitor) -> None:
    other = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Other")
    fill(other, "Walnut")
    assert search(visitor, "walnut") == {}
    assert visitor.client.get(f"/project/{other.pk}/search", {"q": "walnut"}).status_code == 404


def test_before_anything_is_written_what_was_looked_at_last_is_offered(visitor: Visitor) -> None:
    assert list(search(visitor, "")) == ["Begin"]
    first, second, gone = (Cohort.objects.create(project=visitor.project, name=name) for name in ("One", "Two", "Gone"))
    for cohort in (first, gone, second):
        View.objects.create(project=visitor.project, user=visitor.user, type="cohort", ref=str(cohort.pk))
    gone.deleted = True
    gone.save()
    assert titles(search(visitor, ""), "Looked at last") == ["Two", "One"]


def test_the_number_of_questions_does_not_grow(visitor: Visitor) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            search(visitor, "walnut")
        return len(asked)

    fill(visitor.project, "Walnut")
    make_person(visitor, "walnut-1")
    search(visitor, "walnut")
    before = count()
    for number in range(30):
        Dashboard.objects.create(project=visitor.project, name=f"Walnut {number}")
        Group.objects.create(project=visitor.project, group_type_index=0, group_key=f"walnut {number}")
    for number in range(5):
        make_person(visitor, f"walnut-2{number}")
    assert count() == before
    assert before < 35


def test_without_scripts_the_search_is_a_page(visitor: Visitor) -> None:
    Dashboard.objects.create(project=visitor.project, name="Walnut & <b>oak</b>")
    page = visitor.text("search", q="walnut")
    assert "Walnut &amp; &lt;b&gt;oak&lt;/b&gt;" in page
    assert "Nothing is called “zzz”" in visitor.text("search", q="zzz")
    assert visitor.get("search", q="x" * 5000).status_code == 200
