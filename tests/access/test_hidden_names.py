"""Not even the names of hidden objects are told where other things are shown that have to do with them."""

from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort, StaticMember
from hedgerow.dashboards.making import create_dashboard
from hedgerow.persons.models import Person
from hedgerow.saved_insights.saving import create_insight
from tests.access.conftest import Rule
from tests.accounts import Account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]
SECRET = "Salaries"


def question(**more: Any) -> dict[str, Any]:
    source = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], **more}
    return {"kind": "InsightVizNode", "source": source}


def in_cohort(cohort: Cohort) -> dict[str, Any]:
    return {"key": "id", "type": "cohort", "value": cohort.pk}


def shows(account: Account, path: str) -> bool:
    """Whether the secret name is in an answer of the API or in a page."""
    is_api = path.startswith("/api/")
    answer = (account.api() if is_api else account.session()).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return SECRET in answer.content.decode()


def test_pickers_offer_no_hidden_actions_and_cohorts(ada: Account, eve: Account, rule: Rule) -> None:
    Action.objects.create(project=ada.project, name=f"{SECRET} seen", created_by=ada.user)
    pages = (f"/project/{ada.project.pk}/insights/trends", f"/project/{ada.project.pk}/persons")
    assert shows(eve, pages[0]) and not shows(eve, pages[1])
    rule("none", "action")
    Cohort.objects.create(project=ada.project, name=SECRET, is_static=True, created_by=ada.user)
    assert all(shows(ada, page) for page in pages) and shows(eve, pages[1])
    rule("none", "cohort")
    suggested = f"/project/{ada.project.pk}/insights/values?property=cohort%3Aid"
    for page in (*pages, suggested):
        assert not shows(eve, page), page
        assert shows(ada, page), page


def test_a_person_is_told_without_hidden_cohorts(ada: Account, eve: Account, rule: Rule) -> None:
    person = Person.objects.create(project=ada.project, uuid="11111111-1111-4111-8111-111111111111")
    cohort = Cohort.objects.create(project=ada.project, name=SECRET, is_static=True, created_by=ada.user)
    StaticMember.objects.create(cohort=cohort, person=person)
    paths = (
        f"/api/projects/{ada.project.pk}/persons/cohorts/?person_id={person.uuid}",
        f"/project/{ada.project.pk}/persons/{person.uuid}?show=cohorts",
    )
    assert all(shows(eve, path) for path in paths)
    rule("none", "cohort", cohort)
    assert not any(shows(eve, path) for path in paths)


def test_uses_that_are_hidden_are_not_named(ada: Account, eve: Account, rule: Rule) -> None:
    cohort = Cohort.objects.create(project=ada.project, name="Staff", is_static=True, created_by=eve.user)
    insight = create_insight(ada.project, ada.user, name=SECRET, query=question(properties=[in_cohort(cohort)]))
    path = f"/api/projects/{ada.project.pk}/cohorts/{cohort.pk}"
    paths = (f"{path}/used_in/", f"/project/{ada.project.pk}/cohorts/{cohort.pk}")
    assert all(shows(eve, each) for each in paths)
    rule("none", "insight", insight)
    assert not any(shows(eve, each) for each in paths)
    refused = eve.api().patch(f"{path}/", {"deleted": True}, content_type="application/json")
    assert refused.status_code == 400
    assert "1 insight(s): one you cannot see." in refused.json()["detail"]


def test_the_log_of_other_objects_names_nothing_hidden(ada: Account, eve: Account, rule: Rule) -> None:
    insight = create_insight(ada.project, ada.user, name="Costs", query=question())
    board = create_dashboard(ada.project, ada.user, name=SECRET)
    owner, api = ada.api(), f"/api/projects/{ada.project.pk}"

    def send(path: str, body: dict[str, Any], method: str = "post") -> Any:
        answer = getattr(owner, method)(f"{api}/{path}/", body, content_type="application/json")
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    send(f"insights/{insight.pk}", {"dashboards": [board.pk]}, "patch")
    logs = (
        f"{api}/insights/{insight.pk}/activity/",
        f"{api}/activity_log/?scope=Insight",
        f"/project/{ada.project.pk}/activity?scope=Insight",
        f"/project/{ada.project.pk}/insights/{insight.short_id}/history",
    )
    assert all(shows(eve, path) for path in logs)
    rule("none", "dashboard", board)
    assert not [path for path in logs if shows(eve, path)]
    assert all(shows(ada, path) for path in logs)

    hidden = create_insight(ada.project, ada.user, name=SECRET, query=question())
    other = create_dashboard(ada.project, ada.user, name="Open")
    send(f"insights/{hidden.pk}", {"dashboards": [other.pk]}, "patch")
    wanted = {"insight": hidden.pk, "target_type": "email", "target_value": "eve@example.com", "frequency": "daily"}
    send("subscriptions", {**wanted, "start_date": "2030-01-01T00:00:00Z"})
    logs = (f"{api}/dashboards/{other.pk}/activity/", f"{api}/activity_log/?scope=Subscription")
    assert all(shows(eve, path) for path in logs)
    rule("none", "insight", hidden)
    assert not [path for path in logs if shows(eve, path)]
    tile = f"/project/{ada.project.pk}/exports/new?of-dashboard={other.pk}&of-tile={other.tiles.get().pk}"
    assert shows(ada, tile) and not shows(eve, tile)


def test_entries_of_the_tree_tell_the_level_that_rules_give(ada: Account, eve: Account, rule: Rule) -> None:
    board = create_dashboard(ada.project, ada.user, name="Board")
    insight = create_insight(ada.project, ada.user, name="Costs", query=question())

    def levels(account: Account) -> dict[str, str]:
        found = account.api().get(f"/api/projects/{ada.project.pk}/file_system/").json()["results"]
        return {each["type"]: each["user_access_level"] for each in found if each["type"] != "folder"}

    assert levels(eve) == {"dashboard": "editor", "insight": "editor"}
    rule("viewer", "dashboard")
    rule("manager", "insight", insight)
    assert levels(eve) == {"dashboard": "viewer", "insight": "manager"}
    rule("editor", "dashboard", board)
    rule("viewer", "insight", insight)
    assert levels(eve) == {"dashboard": "editor", "insight": "viewer"}
    assert levels(ada) == {"dashboard": "manager", "insight": "manager"}
