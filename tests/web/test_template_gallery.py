"""The gallery of dashboard templates."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hedgerow.activity.models import ActivityLog
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboards.models import Dashboard, Text, Tile
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.taxonomy.models import EventDefinition
from hedgerow.web.template_preview import preview_of
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

RECIPE: dict[str, Any] = {
    "template_name": "Walnuts",
    "dashboard_description": "How they grow",
    "dashboard_filters": {"date_from": "-7d"},
    "tags": ["nuts"],
    "tiles": [
        {"type": "TEXT", "body": "# Hello", "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}}},
        {
            "type": "INSIGHT",
            "name": "Sign-ups",
            "query": {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": ["{SIGNUP}"]}},
            "layouts": {"sm": {"x": 0, "y": 1, "w": 6, "h": 5}},
        },
    ],
    "variables": [
        {
            "id": "SIGNUP",
            "name": "Sign-up",
            "type": "event",
            "default": {"id": "$pageview", "type": "events"},
            "description": "An account was made.",
            "required": True,
        }
    ],
}


def make_template(visitor: Visitor, **fields: Any) -> DashboardTemplate:
    return DashboardTemplate.objects.create(project=visitor.project, **{**RECIPE, **fields})


def post(visitor: Visitor, path: str, **fields: Any) -> Any:
    return visitor.client.post(f"/project/{visitor.project.pk}/{path}", fields)


def change(visitor: Visitor, template: DashboardTemplate, do: str, **fields: Any) -> Any:
    return post(visitor, f"templates/{template.pk}/change", do=do, **fields)


def test_own_templates_and_those_for_everybody_are_shown_and_searched(visitor: Visitor) -> None:
    make_template(visitor)
    page = visitor.text("templates")
    assert page.index("Walnuts") < page.index("Website traffic")
    assert 'class="preview-tile is-line"' in page
    found = visitor.text("templates", search="nuts")
    assert "Walnuts" in found and "Website traffic" not in found
    assert "No template fits" in visitor.text("templates", search="zzz")


def test_a_dashboard_is_made_with_the_chosen_event(visitor: Visitor) -> None:
    EventDefinition.objects.create(project=visitor.project, name="signed up")
    template = make_template(visitor)
    page = visitor.text(f"templates/{template.pk}")
    assert "An account was made." in page and '<option value="signed up"' in page
    answer = change(visitor, template, "make", **{"dashboard_name": "Mine", "variable-0": "signed up"})
    dashboard = Dashboard.objects.get(project=visitor.project)
    assert answer["Location"] == f"/project/{visitor.project.pk}/dashboard/{dashboard.pk}"
    assert (dashboard.name, dashboard.filters, dashboard.tags) == ("Mine", {"date_from": "-7d"}, ["nuts"])
    insight = Insight.objects.get(project=visitor.project)
    assert insight.query is not None
    assert insight.query["source"]["series"][0]["event"] == "signed up"


def test_without_a_choice_the_default_is_taken(visitor: Visitor) -> None:
    change(visitor, make_template(visitor), "make", **{"variable-0": "$pageview"})
    insight = Insight.objects.get(project=visitor.project)
    assert insight.query is not None and insight.query["source"]["series"][0]["event"] == "$pageview"
    assert Dashboard.objects.get(project=visitor.project).name == "Walnuts"


def test_a_required_event_that_is_not_chosen_is_asked_for_and_nothing_is_made(visitor: Visitor) -> None:
    answer = change(visitor, make_template(visitor), "make", **{"variable-0": ""})
    assert answer.status_code == 422
    assert "needs a value" in answer.content.decode()
    assert not Dashboard.objects.exists()


def test_every_template_for_everybody_has_a_page_and_makes_a_dashboard(visitor: Visitor) -> None:
    answer = visitor.client.get(f"/api/projects/{visitor.project.pk}/dashboard_templates/?scope=global")
    templates = answer.json()["results"]
    assert len(templates) >= 4
    for each in templates:
        assert visitor.get(f"templates/{each['id']}").status_code == 200
        answer = post(visitor, f"templates/{each['id']}/change", do="make", dashboard_name=each["template_name"])
        assert answer.status_code == 302, answer.content.decode()
    assert Dashboard.objects.filter(project=visitor.project).count() == len(templates)


def test_a_dashboard_is_saved_as_a_template(visitor: Visitor) -> None:
    project = visitor.project
    dashboard = Dashboard.objects.create(project=project, name="Growth", tags=["weekly"], filters={"interval": "week"})
    query = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}}
    insight = Insight.objects.create(project=project, name="All", query=query)
    place = {"sm": {"x": 0, "y": 2, "w": 12, "h": 4}}
    Tile.objects.create(dashboard=dashboard, insight=insight, layouts=place, color="blue")
    text = Text.objects.create(project=project, body="Read me")
    Tile.objects.create(dashboard=dashboard, text=text, layouts={"sm": {"x": 0, "y": 0, "w": 12, "h": 2}})
    path = f"dashboard/{dashboard.pk}/template"
    assert 'value="Growth"' in visitor.text(path)
    answer = post(visitor, path, name="Growth board", description="For Mondays", tags="Weekly, nuts")
    assert answer.status_code == 302
    template = DashboardTemplate.objects.get(project=project)
    assert (template.template_name, template.dashboard_description) == ("Growth board", "For Mondays")
    assert (template.tags, template.dashboard_filters) == (["weekly", "nuts"], {"interval": "week"})
    assert template.tiles == [
        {"type": "TEXT", "body": "Read me", "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 2}}},
        {"type": "INSIGHT", "name": "All", "description": "", "query": query, "layouts": place, "color": "blue"},
    ]
    again = post(visitor, path, name="Growth board")
    assert again.status_code == 422 and "already exists" in again.content.decode()


def test_an_empty_dashboard_is_no_template(visitor: Visitor) -> None:
    dashboard = Dashboard.objects.create(project=visitor.project, name="Empty")
    answer = post(visitor, f"dashboard/{dashboard.pk}/template", name="Empty")
    assert answer.status_code == 422 and "You need to provide tiles" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_renamed_deleted_and_restored_with_a_history(visitor: Visitor) -> None:
    template = make_template(visitor)
    change(visitor, template, "rename", name="Hazels", description="", tags="a, b")
    answer = change(visitor, template, "delete")
    assert "Undo" in visitor.client.get(answer["Location"]).content.decode()
    template.refresh_from_db()
    assert (template.template_name, template.tags, template.deleted) == ("Hazels", ["a", "b"], True)
    assert "Hazels" not in visitor.text("templates")
    assert "This template was deleted." in visitor.text(f"templates/{template.pk}")
    change(visitor, template, "restore")
    assert "Hazels" in visitor.text("templates")
    done = ActivityLog.objects.filter(scope="DashboardTemplate").order_by("pk").values_list("activity", flat=True)
    assert list(done) == ["updated", "deleted", "restored"]


def test_copied_to_another_project_of_the_organization(visitor: Visitor) -> None:
    template = make_template(visitor)
    second = Project.objects.create(organization=visitor.project.organization, name="Second")
    assert "Second" in visitor.text(f"templates/{template.pk}")
    assert change(visitor, template, "copy", project=second.pk).status_code == 302
    assert DashboardTemplate.objects.get(project=second).template_name == "Walnuts"
    foreign = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Foreign")
    assert change(visitor, template, "copy", project=foreign.pk).status_code == 422
    assert not DashboardTemplate.objects.filter(project=foreign).exists()


def test_downloaded_and_uploaded_again(visitor: Visitor) -> None:
    template = make_template(visitor)
    answer = visitor.get(f"templates/{template.pk}.json")
    assert answer["Content-Disposition"] == 'attachment; filename="walnuts.json"'
    recipe = json.loads(answer.content)
    assert recipe == RECIPE
    recipe["template_name"] = "Again"
    file = SimpleUploadedFile("again.json", json.dumps(recipe).encode(), "application/json")
    assert post(visitor, "templates/upload", file=file).status_code == 302
    made = DashboardTemplate.objects.get(project=visitor.project, template_name="Again")
    assert (made.tiles, made.variables) == (RECIPE["tiles"], RECIPE["variables"])


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("{not json", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("[" * 100_000, "it is not JSON"),
        (json.dumps({**RECIPE, "tiles": []}), "tiles"),
        (json.dumps({key: RECIPE[key] for key in ("template_name", "tiles")}), "is a required property"),
        (json.dumps({**RECIPE, "tiles": [{"type": 7}]}), "tiles.0.type"),
        (json.dumps({**RECIPE, "template_name": ""}), "Write a name."),
        (json.dumps({**RECIPE, "template_name": "x" * 401}), "template_name"),
    ],
)
def test_what_is_no_template_is_told_in_a_sentence(visitor: Visitor, sent: str, said: str) -> None:
    answer = post(visitor, "templates/upload", json=sent)
    page = visitor.client.get(answer["Location"]).content.decode()
    assert "This is no template" in page and said in page
    assert not DashboardTemplate.objects.exists()


def test_those_for_everybody_are_changed_by_staff_alone(visitor: Visitor) -> None:
    template = DashboardTemplate.objects.create(**RECIPE, scope="global")
    assert change(visitor, template, "delete").status_code == 422
    template.refresh_from_db()
    assert not template.deleted


def test_nothing_of_another_project_is_reachable(visitor: Visitor) -> None:
    other = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Other")
    template = DashboardTemplate.objects.create(project=other, **RECIPE)
    dashboard = Dashboard.objects.create(project=other, name="Theirs")
    assert "Walnuts" not in visitor.text("templates")
    for path in (f"templates/{template.pk}", f"templates/{template.pk}.json", f"dashboard/{dashboard.pk}/template"):
        assert visitor.get(path).status_code == 404
    assert change(visitor, template, "make").status_code == 404


def test_tiles_are_drawn_in_their_places() -> None:
    preview = preview_of([*RECIPE["tiles"], {"type": "INSIGHT", "layouts": {"sm": {"x": 99, "y": -3, "w": "x"}}}, 7])
    assert [(shape.sign, shape.x, shape.width) for shape in preview.shapes] == [
        ("text", 1, 118),
        ("line", 1, 58),
        ("line", 1, 58),
    ]
    funnel = {"type": "INSIGHT", "query": {"kind": "InsightVizNode", "source": {"kind": "FunnelsQuery"}}}
    number = {"source": {"kind": "TrendsQuery", "trendsFilter": {"display": "BoldNumber"}}}
    signs = [shape.sign for shape in preview_of([funnel, {"type": "INSIGHT", "query": number}]).shapes]
    assert signs == ["funnel", "number"]
