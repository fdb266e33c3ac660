"""Dashboards over HTTP: what they look like, how they are made, changed, listed, deleted and brought back."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hedgerow.api.levels import Level
from hedgerow.dashboards.models import Dashboard
from hedgerow.projects.models import Project
from tests.accounts import error
from tests.dashboards.asking import TRENDS, Boards, frames_of, hogql, told
from tests.queries.asking import make_project

pytestmark = pytest.mark.django_db

ROW = {
    *("id", "name", "description", "pinned", "created_at", "created_by", "last_accessed_at", "last_viewed_at"),
    *("is_shared", "deleted", "creation_mode", "tags", "restriction_level", "effective_restriction_level"),
    *("effective_privilege_level", "user_access_level", "access_control_version", "last_refresh", "team_id"),
    "search_match_type",
}
PLACE = {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}}
TEMPLATE = {
    "template_name": "Mine",
    "dashboard_description": "What matters",
    "dashboard_filters": {"date_from": "-7d"},
    "tags": ["team"],
    "tiles": [{"type": "INSIGHT", "name": "Views", "query": TRENDS}, {"type": "TEXT", "body": "Read this"}],
}


def test_a_new_dashboard_is_empty_and_listed_without_tiles(boards: Boards) -> None:
    made = boards.make(name="A", tags=[" Team ", "team"])

    assert (made["creation_mode"], made["tiles"], made["filters"], made["persisted_filters"]) == (
        "default",
        [],
        {},
        None,
    )
    assert (made["restriction_level"], made["effective_restriction_level"], made["effective_privilege_level"]) == (
        21,
        21,
        37,
    )
    assert (made["user_access_level"], made["is_shared"], made["tags"]) == ("manager", False, ["team"])
    assert (made["variables"], made["persisted_variables"], made["breakdown_colors"]) == (None, None, [])
    assert made["created_by"]["id"] == boards.user.pk
    [row] = told(boards.send("GET"))["results"]
    assert set(row) == ROW
    assert row["id"] == made["id"]


def test_everything_that_is_written_is_read_again(boards: Boards) -> None:
    written = {
        "name": "A",
        "description": "d",
        "pinned": True,
        "filters": {"date_from": "-7d", "unknown": 1},
        "variables": {"v": {"code_name": "v", "variableId": "v", "value": 1}},
        "breakdown_colors": [{"breakdownValue": "x", "colorToken": "preset-1"}],
        "restriction_level": 37,
        "last_refresh": "2026-01-02T03:04:05Z",
    }
    made = boards.make(**written)
    read = boards.get(made)
    for name, value in written.items():
        assert made[name] == read[name] == value
    assert read["access_control_version"] == "v1"
    assert read["last_accessed_at"] is not None


@pytest.mark.parametrize(
    "mount", ["api/environments/{}/dashboards", "api/projects/@current/dashboards/", "api/dashboard"]
)
def test_the_other_paths_lead_to_the_same_dashboards(boards: Boards, mount: str) -> None:
    boards.make(name="A")
    path = "/" + mount.format(boards.project.pk)
    answer = boards.api.client.get(path, headers={"Authorization": f"Bearer {boards.api.key}"})
    assert [row["name"] for row in told(answer)["results"]] == ["A"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"filters": ["x"]}, error("invalid_input", "Filters must be a dictionary")),
        ({"variables": ["x"]}, error("invalid_input", "Variables must be a dictionary")),
        ({"name": "x" * 401}, error("max_length", "Ensure this field has no more than 400 characters.", "name")),
        ({"restriction_level": 5}, error("invalid_choice", '"5" is not a valid choice.', "restriction_level")),
        ({"use_dashboard": 4}, error("invalid_input", "Invalid value provided", "use_dashboard")),
        ({"use_template": "nope"}, error("invalid_input", "Invalid template provided: nope", "use_template")),
        (
            {"use_template": "nope", "use_dashboard": 4},
            error("invalid_input", "`use_dashboard` and `use_template` cannot be used together"),
        ),
        ({"data_color_theme_id": 9}, error("invalid_input", "There is no colour theme 9.", "data_color_theme_id")),
        ({"quick_filter_ids": ["x"]}, error("invalid_input", "Invalid UUID: x", "quick_filter_ids")),
        (
            {"tiles": [{"text": {"body": "x" * 4001}}]},
            error("max_length", "Text body cannot exceed 4000 characters", "text__body"),
        ),
        (
            {"tiles": [{"button_tile": {"url": "javascript:alert(1)", "text": "Go"}}]},
            error("invalid_input", 'Enter a valid URL or a path starting with "/".', "button_tile__url"),
        ),
        (
            {"tiles": [{"widget": {}}]},
            error("invalid_input", "Dashboard widgets are not enabled for this project.", "widget"),
        ),
    ],
)
def test_what_is_refused_leaves_no_dashboard(boards: Boards, body: dict[str, Any], fault: dict[str, Any]) -> None:
    assert boards.fault("POST", "", {"name": "A", **body}) == fault
    assert not Dashboard.objects.filter(project=boards.project).exists()


def test_an_empty_list_counts_as_no_filters(boards: Boards) -> None:
    assert boards.make(filters=[])["filters"] == {}


def test_an_insight_is_put_on_a_dashboard_by_its_list(boards: Boards) -> None:
    board = boards.make()
    insight = boards.insight(board)
    [tile] = boards.get(board)["tiles"]
    assert (tile["insight"]["id"], tile["order"], tile["text"], tile["widget"]) == (insight["id"], 0, None, None)
    assert tile["layouts"]["sm"] == {"x": 0, "y": 0, "w": 6, "h": 5}


def test_texts_are_written_with_the_dashboard(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board)
    moved = boards.get(board)["tiles"][0]
    places = [{"id": moved["id"], "layouts": {"sm": {"x": 0, "y": 1, "w": 6, "h": 5}}}]
    board = boards.change(board, tiles=[*places, {"text": {"body": "Hi"}, "layouts": PLACE}])
    assert [tile["text"] and tile["text"]["body"] for tile in board["tiles"]] == ["Hi", None]
    [text, _] = board["tiles"]
    assert text["text"]["created_by"]["id"] == boards.user.pk

    [blue, _] = boards.change(board, tiles=[{"id": text["id"], "color": "blue"}])["tiles"]

    assert blue == {**text, "color": "blue"}


def test_an_inner_id_changes_a_text_and_unknown_tiles_are_passed_over(boards: Boards) -> None:
    board, other = boards.make(), boards.make()
    text, foreign = boards.text(board)["text"], boards.text(other)["text"]

    changed = boards.change(board, tiles=[{"text": {"id": text["id"], "body": "Bye"}}, {"id": 999, "color": "red"}])

    assert [tile["text"]["body"] for tile in changed["tiles"]] == ["Bye"]
    item = {"tiles": [{"text": {"id": foreign["id"], "body": "Mine"}}]}
    assert boards.fault("PATCH", f"{board['id']}/", item)["detail"] == "Text tile not found."


def test_buttons_are_written_with_the_dashboard(boards: Boards) -> None:
    board = boards.make(tiles=[{"button_tile": {"url": "/here", "text": "Go"}}])
    button = board["tiles"][0]["button_tile"]
    assert (button["url"], button["text"], button["placement"], button["style"]) == ("/here", "Go", "left", "primary")
    changed = boards.change(board, tiles=[{"button_tile": {"id": button["id"], "style": "secondary"}}])
    assert changed["tiles"][0]["button_tile"]["style"] == "secondary"
    assert changed["tiles"][0]["button_tile"]["url"] == "/here"


def test_filters_are_replaced_overridden_for_one_answer_and_cleared(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board)
    boards.change(board, filters={"date_from": "-7d"})

    stored, overridden = boards.get(board), boards.get(board, filters_override={"date_from": "-1d"})

    assert (stored["filters"], stored["persisted_filters"]) == ({"date_from": "-7d"}, {"date_from": "-7d"})
    assert (overridden["filters"], overridden["persisted_filters"]) == ({"date_from": "-1d"}, {"date_from": "-7d"})
    ranges = [each["tiles"][0]["insight"]["query"]["source"]["dateRange"]["date_from"] for each in (stored, overridden)]
    assert ranges == ["-7d", "-1d"]
    assert boards.change(board, filters={})["persisted_filters"] is None


def test_a_tiles_own_filters_win_and_it_can_stand_outside_the_dashboards(boards: Boards) -> None:
    board = boards.make(filters={"date_from": "-7d"})
    boards.insight(board)
    tile_id = boards.get(board)["tiles"][0]["id"]

    def date_range(own: dict[str, Any]) -> Any:
        boards.change(board, tiles=[{"id": tile_id, "filters_overrides": own}])
        answer = boards.get(board, filters_override={"date_from": "-1d"})
        return answer["tiles"][0]["insight"]["query"]["source"].get("dateRange", {}).get("date_from")

    assert date_range({"date_from": "-3d"}) == "-3d"
    assert date_range({}) == "-1d"
    assert date_range({"ignoreDashboardFilters": True}) is None


@pytest.mark.parametrize("text", ["{bad", "[]", '{"date_from": 5}'])
def test_overrides_that_are_no_filters_are_refused(boards: Boards, text: str) -> None:
    board = boards.make()
    fault = boards.fault("GET", f"{board['id']}/", filters_override=text)
    assert (fault["code"], fault["attr"]) == ("invalid_input", "filters_override")


def test_results_are_only_computed_when_asked_for(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board, query=hogql("SELECT 41 + 1"))
    assert boards.get(board)["tiles"][0]["insight"]["result"] is None

    computed = boards.get(board, refresh="force_blocking")

    assert computed["tiles"][0]["insight"]["result"] == [[42]]
    assert computed["last_refresh"] is not None
    [kept] = boards.get(board)["tiles"]
    assert (kept["insight"]["result"], kept["is_cached"]) == ([[42]], True)
    assert kept["last_refresh"] is not None
    assert "result" not in boards.get(board, basic="true")["tiles"][0]["insight"]
    assert boards.fault("GET", f"{board['id']}/", refresh="sometimes")["attr"] == "refresh"


def test_results_that_name_actions_take_as_many_queries_for_many_tiles_as_for_few(boards: Boards) -> None:
    action = told(boards.api.send("POST", "actions/", {"name": "Saw", "steps": [{"event": "$pageview"}]}), 201)

    def queries(tiles: int) -> int:
        board = boards.make()
        for _ in range(tiles):
            boards.insight(
                board, query={"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": action["id"]}]}
            )
        with CaptureQueriesContext(connection) as captured:
            boards.get(board)
        return len(captured)

    assert queries(1) == queries(4)


def test_one_failing_question_does_not_break_the_others(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board, query=hogql("SELECT nothing FROM nowhere"))
    boards.insight(board, query=hogql("SELECT 0 / 0, 1"))
    answer = boards.send("GET", f"{board['id']}/", refresh="blocking")
    assert b"NaN" not in answer.content
    bad, good = told(answer)["tiles"]
    assert "nowhere" in bad["error"]["message"]
    assert good["insight"]["result"] == [[None, 1]]
    assert "error" not in good


def test_reading_a_dashboard_takes_as_many_queries_for_many_tiles_as_for_few(boards: Boards) -> None:
    def queries(tiles: int) -> int:
        board = boards.make(tiles=[{"text": {"body": "Hi"}} for _ in range(tiles)])
        for _ in range(tiles):
            boards.insight(board)
        boards.get(board)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(boards.get(board)["tiles"]) == 2 * tiles
        return len(captured)

    assert queries(1) == queries(5)


def test_a_copy_shares_insights_or_has_its_own(boards: Boards) -> None:
    board = boards.make(filters={"date_from": "-7d"}, tiles=[{"text": {"body": "Hi"}}])
    insight = boards.insight(board, tags=["x"])

    shared = boards.make(use_dashboard=board["id"])
    own = boards.make(use_dashboard=board["id"], duplicate_tiles=True, filters={"date_from": "-1d"})

    assert shared["creation_mode"] == own["creation_mode"] == "duplicate"
    assert (shared["filters"], own["filters"]) == ({"date_from": "-7d"}, {"date_from": "-1d"})
    assert [tile["layouts"] for tile in shared["tiles"]] == [tile["layouts"] for tile in boards.get(board)["tiles"]]
    assert shared["tiles"][1]["insight"]["id"] == insight["id"]
    assert own["tiles"][1]["insight"]["id"] != insight["id"]
    assert (own["tiles"][1]["insight"]["name"], own["tiles"][1]["insight"]["tags"]) == ("Views (Copy)", ["x"])
    assert own["tiles"][0]["text"]["id"] != shared["tiles"][0]["text"]["id"]


def test_a_tile_can_be_duplicated_in_place(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board)
    [tile] = boards.get(board)["tiles"]
    place = {"sm": {"x": 6, "y": 0, "w": 6, "h": 5}}
    first, second = boards.change(board, duplicate_tiles=[{"id": tile["id"], "layouts": place}])["tiles"]
    assert (first["id"], second["insight"]["name"], second["layouts"]) == (tile["id"], "Views (Copy)", place)
    assert boards.fault("PATCH", f"{board['id']}/", {"duplicate_tiles": [{"id": 999}]})["attr"] == "duplicate_tiles"


def test_a_template_makes_tiles(boards: Boards) -> None:
    told(boards.api.send("POST", "dashboard_templates/", TEMPLATE), 201)
    board = boards.make(use_template="Mine", name=None)
    assert (board["name"], board["creation_mode"], board["tags"]) == ("Mine", "template", ["team"])
    assert board["filters"] == {"date_from": "-7d"}
    assert [bool(tile["insight"]) for tile in board["tiles"]] == [True, False]


def test_a_recipe_makes_a_dashboard_or_nothing(boards: Boards) -> None:
    board = told(boards.send("POST", "create_from_template_json/", {"template": TEMPLATE}))
    assert (board["name"], len(board["tiles"])) == ("Mine", 2)

    without_tiles = {**TEMPLATE, "tiles": []}
    assert boards.fault("POST", "create_from_template_json/", {"template": without_tiles})["attr"] == "tiles"
    bad = {**TEMPLATE, "tiles": [{"type": "INSIGHT", "query": {"kind": "Nothing"}}]}
    boards.fault("POST", "create_from_template_json/", {"template": bad})
    assert boards.fault("POST", "create_from_template_json/", {})["attr"] == "template"
    assert Dashboard.objects.filter(project=boards.project).count() == 1


def test_deleting_and_restoring_is_exact(boards: Boards) -> None:
    board, other = boards.make(name="A"), boards.make(name="B")
    sole, both = boards.insight(board, name="sole"), boards.insight(board, other, name="both")
    removed = boards.text(board, "removed before")
    boards.act(board, "delete_tile", {"tile_id": removed["id"]}, 204)
    before = boards.get(board)
    Project.objects.filter(pk=boards.project.pk).update(primary_dashboard=board["id"])

    gone = boards.change(board, deleted=True, delete_insights=True)

    assert gone["deleted"] is True
    assert boards.fault("GET", f"{board['id']}/", status=404) == error(
        "not_found", "Not found.", type="invalid_request"
    )
    assert boards.api.send("GET", f"insights/{sole['id']}/").status_code == 404
    assert boards.api.send("GET", f"insights/{both['id']}/").status_code == 200
    assert boards.names() == ["B"]
    assert Project.objects.get(pk=boards.project.pk).primary_dashboard is None
    boards.fault("PATCH", f"{board['id']}/", {"name": "C"}, 404)

    back = boards.change(board, deleted=False)

    assert [tile["id"] for tile in back["tiles"]] == [tile["id"] for tile in before["tiles"]]
    assert [tile["layouts"] for tile in back["tiles"]] == [tile["layouts"] for tile in before["tiles"]]
    assert boards.api.send("GET", f"insights/{sole['id']}/").status_code == 200


def test_without_delete_insights_they_stay(boards: Boards) -> None:
    board = boards.make()
    insight = boards.insight(board)
    boards.change(board, deleted=True)
    assert told(boards.api.send("GET", f"insights/{insight['id']}/"))["dashboards"] == []


def test_dashboards_are_not_removed(boards: Boards) -> None:
    board = boards.make()
    answer = boards.send("DELETE", f"{board['id']}/")
    assert (answer.status_code, answer.content) == (405, b"")
    assert boards.get(board)["deleted"] is False


def test_the_list_is_ordered_and_narrowed(boards: Boards) -> None:
    boards.make(name="b", tags=["Web"])
    boards.make(name="Äpfel", description="about fruit")
    boards.make(name="C", pinned=True, tags=["app"])
    boards.make(name="Generated Dashboard: flag")
    Dashboard.objects.create(project=boards.project, name="hidden", creation_mode="unlisted")

    assert boards.names() == ["C", "b", "Generated Dashboard: flag", "Äpfel"]
    assert boards.names(exclude_generated="true") == ["C", "b", "Äpfel"]
    assert boards.names(tags=["web", "app"]) == ["C", "b"]
    assert boards.names(pinned="false", exclude_generated="true") == ["b", "Äpfel"]
    assert boards.names(creation_mode="unlisted") == ["hidden"]
    assert boards.names(search="ÄPF") == boards.names(search="FRUIT") == ["Äpfel"]
    assert boards.names(search="dashbord") == ["Generated Dashboard: flag"]
    assert boards.fault("GET", search="x" * 201) == error(
        "invalid_input", "Search query must be 200 characters or fewer.", "search"
    )
    page = told(boards.send("GET", limit=1, offset=1))
    assert (page["count"], [row["name"] for row in page["results"]]) == (4, ["b"])
    assert "limit=1" in page["next"] and page["next"].startswith("http")


def test_a_list_takes_as_many_queries_for_many_dashboards_as_for_few(boards: Boards) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            boards.names()
        return len(captured)

    boards.make(restriction_level=37)
    few = queries()
    for _ in range(5):
        boards.make(restriction_level=37)
    assert queries() == few


def test_answers_come_as_a_stream_of_one_event_for_txt(boards: Boards) -> None:
    board = boards.make()
    answer = boards.send("GET", format="txt")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [row["id"] for row in frames_of(answer)[0]["results"]] == [board["id"]]
    assert frames_of(boards.send("POST", body={"name": "B"}, format="txt"))[0]["name"] == "B"
    assert boards.send("GET", format="json").headers["Content-Type"] == "application/json"
    assert boards.fault("GET", format="xml", status=404)["code"] == "not_found"


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_what_was_done(boards: Boards) -> None:
    board = boards.make(name="A")
    boards.change(board, name="B")
    boards.change(board, name="B")
    tile = boards.text(board)
    boards.act(board, "delete_tile", {"tile_id": tile["id"]}, 204)
    insight = boards.insight(board)
    told(boards.api.send("PATCH", f"insights/{insight['id']}/", {"dashboards": []}))
    boards.get(board)
    boards.change(board, deleted=True)
    boards.change(board, deleted=False)

    entries = boards.log(board)

    assert [entry["activity"] for entry in entries] == ["created", *["updated"] * 5, "deleted", "restored"]
    named = [[(each["field"], each["action"]) for each in entry["changes"] or []] for entry in entries]
    came_and_went = [[("tiles", "created")], [("tiles", "deleted")]]
    assert named[1:6] == [[("name", "changed")], *came_and_went, *came_and_went]
    assert entries[4]["changes"][0]["after"][0]["name"] == "Views"
    history = told(boards.send("GET", f"{board['id']}/activity/"))
    assert (history["total_count"], history["results"][0]["activity"]) == (8, "restored")


def test_a_project_names_one_of_its_dashboards_as_the_first(boards: Boards) -> None:
    admin, board = boards.somebody_else(Level.ADMIN), boards.make()
    foreign = Dashboard.objects.create(project=make_project(), name="Theirs")
    path = f"/api/projects/{boards.project.pk}/"
    client, headers = admin.api.client, {"Authorization": f"Bearer {admin.api.key}"}

    def name(dashboard_id: int | None) -> Any:
        body = {"primary_dashboard": dashboard_id}
        return client.patch(path, body, content_type="application/json", headers=headers)

    assert told(name(board["id"]))["primary_dashboard"] == board["id"]
    assert told(name(foreign.pk), 400)["code"] == "does_not_exist"
    assert told(name(None))["primary_dashboard"] is None


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_clears_filters_and_variables(boards: Boards, nothing: Any) -> None:
    board = boards.make(filters={"date_from": "-7d"}, variables={"v": {"code_name": "v", "value": 1}})
    cleared = boards.change(board, filters=nothing, variables=nothing)
    assert (cleared["filters"], cleared["persisted_filters"], cleared["persisted_variables"]) == ({}, None, None)
