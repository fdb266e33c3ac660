"""Nothing of another project is reached, shown or changed by any path of dashboards."""

from typing import TYPE_CHECKING, Any

import pytest

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.organizations.models import User
from tests.dashboards.asking import Boards, hogql, told
from tests.queries.asking import make_project

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(event_store: "EventStore") -> Boards:
    """The dashboards of somebody else's project."""
    return Boards(make_project(), event_store)


@pytest.fixture
def theirs(others: Boards) -> dict[str, Any]:
    """A dashboard of theirs with an insight and a text."""
    board = others.make(name="Theirs", tiles=[{"text": {"body": "secret"}}])
    others.insight(board)
    return others.get(board)


def untouched(others: Boards, theirs: dict[str, Any]) -> bool:
    now = others.get(theirs["id"])
    return [tile["layouts"] for tile in now["tiles"]] == [tile["layouts"] for tile in theirs["tiles"]]


def test_lists_and_searches_show_only_the_projects_own(boards: Boards, theirs: dict[str, Any]) -> None:
    boards.make(name="Mine")
    assert boards.names() == ["Mine"]
    assert boards.names(search="Theirs") == []


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("PUT", ""),
        ("POST", "move_tile/"),
        ("PATCH", "move_tile/"),
        ("POST", "copy_tile/"),
        ("POST", "reorder_tiles/"),
        ("POST", "create_text_tile/"),
        ("POST", "update_text_tile/"),
        ("POST", "delete_tile/"),
        ("GET", "run_insights/"),
        ("GET", "stream_tiles/"),
        ("GET", "activity/"),
        ("GET", "collaborators/"),
        ("POST", "collaborators/"),
        ("DELETE", "collaborators/00000000-0000-0000-0000-000000000000/"),
    ],
)
def test_their_dashboard_is_not_found(
    boards: Boards, others: Boards, theirs: dict[str, Any], method: str, rest: str
) -> None:
    body = None if method == "GET" else {"name": "Taken", "deleted": False, "tile_id": theirs["tiles"][0]["id"]}
    boards.fault(method, f"{theirs['id']}/{rest}", body, 404)
    assert others.get(theirs)["name"] == "Theirs"


def test_the_path_of_their_project_is_closed(boards: Boards, others: Boards, theirs: dict[str, Any]) -> None:
    path = f"/api/projects/{others.project.pk}/dashboards/{theirs['id']}/"
    answer = boards.api.client.get(path, headers={"Authorization": f"Bearer {boards.api.key}"})
    assert answer.status_code == 403


def test_their_tiles_and_dashboards_are_not_taken(boards: Boards, others: Boards, theirs: dict[str, Any]) -> None:
    board = boards.make()
    own = boards.text(board)
    tile = theirs["tiles"][0]
    boards.act(board, "copy_tile", {"fromDashboardId": theirs["id"], "tileId": tile["id"]}, 404)
    boards.act(board, "copy_tile", {"fromDashboardId": board["id"], "tileId": tile["id"]}, 404)
    boards.act(board, "move_tile", {"tile": {"id": own["id"]}, "to_dashboard": theirs["id"]}, 404)
    boards.act(board, "move_tile", {"tile": {"id": tile["id"]}, "to_dashboard": board["id"]}, 404)
    boards.act(board, "reorder_tiles", {"tile_order": [tile["id"]]}, 404)
    boards.act(board, "delete_tile", {"tile_id": tile["id"]}, 404)
    boards.act(board, "update_text_tile", {"tile_id": tile["id"], "body": "x"}, 404)
    boards.change(board, tiles=[{"id": tile["id"], "deleted": True, "color": "red"}])
    boards.fault("PATCH", f"{board['id']}/", {"duplicate_tiles": [{"id": tile["id"]}]})
    assert boards.fault("POST", "", {"use_dashboard": theirs["id"]})["attr"] == "use_dashboard"
    assert untouched(others, theirs)
    assert [each["id"] for each in boards.get(board)["tiles"]] == [own["id"]]


def test_their_texts_buttons_and_people_are_not_taken(boards: Boards, others: Boards, theirs: dict[str, Any]) -> None:
    board = boards.make()
    text = next(tile["text"] for tile in theirs["tiles"] if tile["text"])
    button = others.make(tiles=[{"button_tile": {"url": "/x", "text": "Go"}}])["tiles"][0]["button_tile"]
    path = f"{board['id']}/"
    for item, detail in (
        ({"text": {"id": text["id"], "body": "mine"}}, "Text tile not found."),
        ({"button_tile": {"id": button["id"], "text": "mine"}}, "Button tile not found."),
        ({"text": {"body": "x", "created_by": {"id": others.user.pk}}}, "User not found in this organization."),
    ):
        assert boards.fault("PATCH", path, {"tiles": [item]})["detail"] == detail
    assert boards.get(board)["tiles"] == []
    assert untouched(others, theirs)


def test_strangers_do_not_become_collaborators(boards: Boards, others: Boards) -> None:
    board = boards.make(restriction_level=37)
    stranger = User.objects.get(pk=others.user.pk)
    fault = boards.fault("POST", f"{board['id']}/collaborators/", {"user_uuid": str(stranger.uuid)})
    assert fault["detail"] == "User not found in this organization."


def test_their_insights_and_templates_are_not_used(boards: Boards, others: Boards, theirs: dict[str, Any]) -> None:
    recipe = {
        "template_name": "Theirs",
        "dashboard_description": "",
        "dashboard_filters": {},
        "tiles": [{"type": "TEXT", "body": "secret"}],
    }
    told(others.api.send("POST", "dashboard_templates/", recipe), 201)
    assert boards.fault("POST", "", {"use_template": "Theirs"})["attr"] == "use_template"
    insight = next(tile["insight"] for tile in theirs["tiles"] if tile["insight"])
    board = boards.make()
    assert boards.api.send("PATCH", f"insights/{insight['id']}/", {"dashboards": [board["id"]]}).status_code == 404
    own = boards.insight(board)
    answer = boards.api.send("PATCH", f"insights/{own['id']}/", {"dashboards": [theirs["id"]]})
    assert answer.status_code == 400
    assert Tile.objects.filter(dashboard=theirs["id"]).count() == len(theirs["tiles"])
    assert Dashboard.objects.filter(project=boards.project).count() == 1


def test_their_variables_are_not_found(boards: Boards, others: Boards) -> None:
    body = {"name": "Country", "type": "String", "default_value": "DE"}
    variable = told(others.api.send("POST", "insight_variables/", body), 201)
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert boards.api.send(method, f"insight_variables/{variable['id']}/", body).status_code == 404
    assert told(boards.api.send("GET", "insight_variables/"))["results"] == []
    named = {variable["id"]: {"variableId": variable["id"], "code_name": "country"}}
    answer = boards.api.answer(hogql("SELECT {variables.country}", variables=named), refresh="force_blocking")
    assert answer["results"] == [[None]]
