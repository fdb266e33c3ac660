"""Dashboards made from templates: what is on them, what variables stand for, and what is refused as a whole."""

from typing import Any

import pytest

from hedgerow.api.errors import ValidationError
from hedgerow.dashboard_templates.applying import apply_template, find_template
from hedgerow.dashboard_templates.built_in import built_in_templates
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboards.making import create_dashboard
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.taxonomy.models import EventDefinition
from tests.accounts import error
from tests.queries.asking import Api

pytestmark = pytest.mark.django_db

PAGEVIEWS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}


def insight(**more: Any) -> dict[str, Any]:
    return {"type": "INSIGHT", "name": "Views", "query": PAGEVIEWS, **more}


def applied(project: Project, **recipe: Any) -> Dashboard:
    """A new dashboard made of a recipe."""
    return create_dashboard(project, None, template={"template_name": "T", "tiles": [insight()], **recipe})


def variable(id: str = "A", **more: Any) -> dict[str, Any]:
    default = {"id": "signed up", "type": "events"}
    return {"id": id, "name": id, "type": "event", "default": default, "description": "", "required": True, **more}


def query_with(variable: str) -> dict[str, Any]:
    return insight(query={"kind": "TrendsQuery", "series": [variable]})


def series_of(dashboard: Dashboard) -> list[Any]:
    tile = dashboard.tiles.get()
    assert tile.insight is not None and tile.insight.query is not None
    series: list[Any] = tile.insight.query["source"]["series"]
    return series


def test_a_dashboard_gets_tiles_filters_description_and_tags(project: Project) -> None:
    place = {"sm": {"x": 6, "y": 0, "w": 6, "h": 5}}
    dashboard = applied(
        project,
        dashboard_description="About us",
        dashboard_filters={"date_from": "-7d"},
        tags=["Weekly"],
        tiles=[
            insight(description="All of them", layouts=place, color="blue", show_description=True),
            {"type": "TEXT", "body": "## Hello"},
            {"type": "BUTTON", "url": "https://example.com/", "text": "Go"},
        ],
    )

    assert (dashboard.name, dashboard.description, dashboard.tags) == ("T", "About us", ["weekly"])
    assert (dashboard.filters, dashboard.creation_mode) == ({"date_from": "-7d"}, "template")
    views, text, button = dashboard.tiles.order_by("id")
    assert (views.layouts, views.color, views.show_description) == (place, "blue", True)
    assert views.insight is not None
    assert (views.insight.name, views.insight.description, views.insight.is_sample) == ("Views", "All of them", True)
    assert views.insight.query == {"kind": "InsightVizNode", "source": PAGEVIEWS}
    assert text.text is not None and text.text.body == "## Hello"
    assert button.button is not None and (button.button.url, button.button.text) == ("https://example.com/", "Go")
    assert text.layouts["sm"]["w"] and button.layouts["sm"]["w"]


def test_a_dashboard_keeps_its_own_name(project: Project) -> None:
    recipe = {"template_name": "T", "tiles": [insight()]}

    assert create_dashboard(project, None, name="Ours", template=recipe).name == "Ours"


def test_a_tile_of_an_unknown_type_is_left_out(project: Project) -> None:
    assert applied(project, tiles=[{"type": "WIDGET"}, insight()]).tiles.count() == 1


def test_filters_of_the_old_form_leave_out_test_accounts_unless_they_say_otherwise(project: Project) -> None:
    old = {"insight": "TRENDS", "events": [{"id": "$pageview", "type": "events"}]}
    tiles = [insight(query=None, filters=old), insight(query=None, filters={**old, "filter_test_accounts": False})]

    kept = [tile.insight for tile in applied(project, tiles=tiles).tiles.order_by("id")]

    assert [each.filters["filter_test_accounts"] for each in kept if each] == [True, False]


def test_a_query_wins_over_filters(project: Project) -> None:
    tile = applied(project, tiles=[insight(filters={"insight": "PATHS"})]).tiles.get()

    assert tile.insight is not None and tile.insight.filters == {} and tile.insight.query is not None


@pytest.mark.parametrize(
    ("default", "node"),
    [
        (
            {"id": "signed up", "type": "events", "math": "dau"},
            {"kind": "EventsNode", "event": "signed up", "name": "signed up", "math": "dau"},
        ),
        ({"id": 3, "type": "actions", "name": "Paid"}, {"kind": "ActionsNode", "id": 3, "name": "Paid"}),
    ],
)
def test_in_a_query_a_variable_stands_for_a_node(project: Project, default: Any, node: Any) -> None:
    made = applied(project, tiles=[query_with("{A}")], variables=[variable(default=default)])

    assert series_of(made) == [node]


def test_a_variable_that_was_chosen_is_left_alone(project: Project) -> None:
    chosen = {"kind": "EventsNode", "event": "chosen"}
    made = applied(project, tiles=[insight(query={**PAGEVIEWS, "series": [chosen]})], variables=[variable()])

    assert series_of(made) == [chosen]


def test_in_retention_and_old_filters_a_variable_stands_for_an_entity(project: Project) -> None:
    retention = {"kind": "RetentionQuery", "retentionFilter": {"targetEntity": "{A}", "returningEntity": "{A}"}}
    old = {"insight": "TRENDS", "events": ["{A}"]}

    made = applied(project, tiles=[insight(query=retention), insight(query=None, filters=old)], variables=[variable()])

    kept = [tile.insight for tile in made.tiles.order_by("id") if tile.insight]
    entity = {"id": "signed up", "type": "events"}
    assert kept[0].query is not None
    assert kept[0].query["source"]["retentionFilter"] == {"targetEntity": entity, "returningEntity": entity}
    assert kept[1].filters["events"] == [entity]


def test_a_variable_without_default_is_refused_if_it_is_required_and_left_out_if_not(project: Project) -> None:
    tiles = [insight(query={**PAGEVIEWS, "series": [*PAGEVIEWS["series"], "{A}"]})]

    with pytest.raises(ValidationError, match="The variable 'Sign-up' needs a value"):
        applied(project, tiles=tiles, variables=[variable(default={}, name="Sign-up")])
    made = applied(project, tiles=tiles, variables=[variable(default={}, required=False)])
    assert series_of(made) == PAGEVIEWS["series"]


@pytest.mark.parametrize(
    "tile",
    [
        insight(query={"kind": "TrendsQuery", "series": "none"}),
        query_with("{UNKNOWN}"),
        {"type": "BUTTON", "url": "javascript:alert(1)", "text": "Go"},
        {"type": "TEXT", "body": "x" * 4001},
    ],
)
def test_nothing_is_left_of_a_dashboard_that_cannot_be_made_whole(project: Project, tile: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        applied(project, tiles=[insight(), tile])

    assert not Dashboard.objects.exists() and not Insight.objects.exists() and not Tile.objects.exists()


def test_an_existing_dashboard_stays_as_it_was_where_a_template_fails(project: Project) -> None:
    dashboard = create_dashboard(project, None)
    with pytest.raises(ValidationError):
        apply_template({"template_name": "T", "tiles": [insight(), query_with("{UNKNOWN}")]}, dashboard, None)

    dashboard.refresh_from_db()
    assert (dashboard.name, dashboard.tiles.count()) == (None, 0)


def test_a_project_s_own_template_is_found_before_one_for_all_and_one_that_came_with_the_product(
    project: Project,
) -> None:
    assert find_template(project, "Growth")["dashboard_description"].startswith("From the first visit")
    stored = {"template_name": "Growth", "tiles": [insight()]}
    DashboardTemplate.objects.create(scope="global", dashboard_description="For all", **stored)
    assert find_template(project, "Growth")["dashboard_description"] == "For all"
    own = DashboardTemplate.objects.create(project=project, dashboard_description="Ours", **stored)
    assert find_template(project, "Growth")["dashboard_description"] == "Ours"
    own.deleted = True
    own.save()
    assert find_template(project, "Growth")["dashboard_description"] == "For all"


@pytest.mark.parametrize("name", ["DEFAULT_APP", "Product analytics", "WEBSITE_TRAFFIC", "Website traffic"])
def test_names_that_are_always_valid(project: Project, name: str) -> None:
    assert find_template(project, name)["tiles"]


def test_no_template_of_another_project_or_name_is_found(project: Project) -> None:
    other = Project.objects.create(organization=project.organization)
    DashboardTemplate.objects.create(project=other, template_name="Theirs", tiles=[insight()])
    for name in ("Theirs", "growth", "nope"):
        with pytest.raises(ValidationError) as refused:
            find_template(project, name)
        assert refused.value.detail == {"use_template": [f"Invalid template provided: {name}"]}


def test_a_dashboard_is_made_of_a_template_over_http(empty: Api) -> None:
    made = empty.send("POST", "dashboards/", {"use_template": "DEFAULT_APP"})
    refused = empty.send("POST", "dashboards/", {"use_template": "nope"})

    assert made.status_code == 201, made.content.decode()
    assert made.json()["creation_mode"] == "template"  # type: ignore[attr-defined]
    assert len(made.json()["tiles"]) == 10  # type: ignore[attr-defined]
    assert refused.status_code == 400
    detail = "Invalid template provided: nope"
    assert refused.json() == error("invalid_input", detail, "use_template")  # type: ignore[attr-defined]
    assert Dashboard.objects.filter(project=empty.project).count() == 1


def test_defaults_of_variables_are_events_the_project_has(project: Project) -> None:
    def default_of_sign_up() -> str:
        growth = find_template(project, "Growth")
        return next(str(each["default"]["id"]) for each in growth["variables"] if each["id"] == "SIGNUP")

    assert default_of_sign_up() == "$identify"
    EventDefinition.objects.create(project=project, name="Signed Up")
    assert default_of_sign_up() == "Signed Up"


@pytest.mark.parametrize("name", ["Product analytics", "Website traffic", "Growth", "Revenue"])
def test_a_board_that_comes_with_the_product_answers_on_every_tile(sample: Api, name: str) -> None:
    dashboard = create_dashboard(sample.project, None, use_template=name)

    insights = [tile.insight for tile in dashboard.tiles.select_related("insight") if tile.insight]
    assert 6 <= len(insights) <= 10
    for each in insights:
        assert each.query is not None
        assert _has_numbers(sample.answer(each.query)["results"]), each.name


@pytest.mark.parametrize("name", ["Product analytics", "Website traffic", "Growth", "Revenue"])
def test_a_board_that_comes_with_the_product_answers_where_there_are_no_events(empty: Api, name: str) -> None:
    dashboard = create_dashboard(empty.project, None, use_template=name)

    for tile in dashboard.tiles.exclude(insight=None).select_related("insight"):
        assert tile.insight is not None and tile.insight.query is not None
        empty.answer(tile.insight.query)


def test_tiles_of_boards_that_come_with_the_product_do_not_overlap(project: Project) -> None:
    for template in built_in_templates(project):
        taken: set[tuple[int, int]] = set()
        for tile in template.tiles:
            place = tile["layouts"]["sm"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken and max(x for x, _ in cells) < 12, (template.template_name, tile)
            taken |= cells
        rows = {y for _, y in taken}
        assert rows == set(range(max(rows) + 1)), template.template_name


_OF_AXES = ("order", "action", "days", "labels")


def _has_numbers(found: Any) -> bool:
    """Whether there is any number in an answer that is not zero."""
    if isinstance(found, dict):
        return any(_has_numbers(value) for key, value in found.items() if key not in _OF_AXES)
    if isinstance(found, list):
        return any(_has_numbers(each) for each in found)
    return isinstance(found, int | float) and not isinstance(found, bool) and found != 0
