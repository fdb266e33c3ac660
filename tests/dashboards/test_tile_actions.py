"""What can be done to tiles: moved, copied, put in order, written, taken off, run and streamed."""

from typing import Any

import pytest

from tests.accounts import denied, error
from tests.dashboards.asking import TRENDS, Boards, frames_of, hogql, told

pytestmark = pytest.mark.django_db


def sm(tile: dict[str, Any]) -> tuple[int, int, int, int]:
    place = tile["layouts"]["sm"]
    return place["x"], place["y"], place["w"], place["h"]


def bodies(board: dict[str, Any]) -> list[str]:
    return [tile["text"]["body"] for tile in board["tiles"]]


def test_a_tile_moves_to_another_dashboard_into_a_free_place(boards: Boards) -> None:
    source, target = boards.make(), boards.make()
    boards.insight(target, name="Other")
    insight = boards.insight(source)
    [tile] = boards.get(source)["tiles"]
    body = {"tile": {"id": tile["id"]}, "to_dashboard": target["id"]}

    assert boards.act(source, "move_tile", body)["tiles"] == []

    there = boards.get(target)["tiles"]
    assert [(each["insight"]["name"], sm(each)) for each in there] == [("Other", (0, 0, 6, 5)), ("Views", (6, 0, 6, 5))]
    assert there[1]["id"] == tile["id"]
    assert told(boards.api.send("GET", f"insights/{insight['id']}/"))["dashboards"] == [target["id"]]
    boards.act(source, "move_tile", body, 404)


def test_what_is_there_already_does_not_move_there(boards: Boards) -> None:
    source, target = boards.make(), boards.make()
    boards.insight(source, target)
    [tile] = boards.get(source)["tiles"]
    for to, status in ((target["id"], 400), (source["id"], 400), (999, 404), (None, 404), ("x", 404)):
        fault = boards.act(source, "move_tile", {"tile": {"id": tile["id"]}, "to_dashboard": to}, status)
        if status == 400:
            assert fault == error("invalid_input", "Invalid request data for moving tile.")
    boards.act(source, "move_tile", {"tile": 5, "to_dashboard": target["id"]}, 404)


def test_a_tile_can_move_where_its_content_once_was(boards: Boards) -> None:
    source, target = boards.make(), boards.make()
    boards.insight(source, target)
    boards.act(target, "delete_tile", {"tile_id": boards.get(target)["tiles"][0]["id"]}, 204)
    [tile] = boards.get(source)["tiles"]
    boards.act(source, "move_tile", {"tile": {"id": tile["id"]}, "to_dashboard": target["id"]})
    assert [each["id"] for each in boards.get(target)["tiles"]] == [tile["id"]]


def test_nobody_moves_tiles_onto_a_dashboard_they_may_not_edit(boards: Boards) -> None:
    locked = boards.make(restriction_level=37)
    member = boards.somebody_else()
    source = member.make()
    tile = member.text(source)
    body = {"tile": {"id": tile["id"]}, "to_dashboard": locked["id"]}
    assert member.act(source, "move_tile", body, 403) == denied(
        "You don't have edit permissions for the destination dashboard."
    )


def test_a_copied_tile_shows_the_same_content(boards: Boards) -> None:
    source, target = boards.make(), boards.make()
    insight, text = boards.insight(source), boards.text(source, color="blue")
    tiles = {bool(tile["insight"]): tile for tile in boards.get(source)["tiles"]}
    copied: dict[str, Any] = {}
    for tile in tiles.values():
        copied = boards.act(target, "copy_tile", {"fromDashboardId": source["id"], "tileId": tile["id"]})
    shown = {bool(tile["insight"]): tile for tile in copied["tiles"]}
    assert shown[True]["insight"]["id"] == insight["id"]
    assert (shown[False]["text"]["id"], shown[False]["color"]) == (text["text"]["id"], "blue")
    assert len(boards.get(source)["tiles"]) == 2
    for is_insight, what in ((True, "insight"), (False, "text card")):
        again = {"fromDashboardId": source["id"], "tileId": tiles[is_insight]["id"]}
        assert boards.act(target, "copy_tile", again, 400)["detail"] == (
            f"This {what} is already on the destination dashboard."
        )


def test_buttons_and_a_dashboards_own_tiles_are_not_copied(boards: Boards) -> None:
    source, target = boards.make(tiles=[{"button_tile": {"url": "/x", "text": "Go"}}]), boards.make()
    body = {"fromDashboardId": source["id"], "tileId": source["tiles"][0]["id"]}
    assert boards.act(source, "copy_tile", body, 400)["detail"] == (
        "Destination must be a different dashboard than the source."
    )
    assert boards.act(target, "copy_tile", body, 400)["detail"] == (
        "Only insight, text, and widget tiles can be copied between dashboards."
    )


def test_tiles_are_put_in_order(boards: Boards) -> None:
    board = boards.make()
    tiles = {body: boards.text(board, body)["id"] for body in "abc"}
    order = [tiles["c"], tiles["a"]]

    full = boards.act(board, "reorder_tiles", {"tile_order": order, "layout": "full_width"})

    assert bodies(full) == ["c", "a", "b"]
    assert [sm(tile) for tile in full["tiles"]] == [(0, 0, 12, 5), (0, 5, 12, 5), (0, 10, 12, 5)]
    two = boards.act(board, "reorder_tiles", {"tile_order": order[::-1], "layout": "two_column"})
    assert [(tile["text"]["body"], sm(tile)) for tile in two["tiles"]] == [
        ("a", (0, 0, 6, 5)),
        ("c", (6, 0, 6, 5)),
        ("b", (0, 5, 6, 5)),
    ]


def test_an_order_that_makes_no_sense_changes_nothing(boards: Boards) -> None:
    board = boards.make()
    tile = boards.text(board)
    twice = {"tile_order": [tile["id"], tile["id"]]}
    assert boards.act(board, "reorder_tiles", twice, 400) == {"detail": "tile_order must contain unique tile IDs"}
    unknown = {"tile_order": [tile["id"], 999]}
    assert boards.act(board, "reorder_tiles", unknown, 404) == {"detail": "Tile IDs not found on this dashboard: [999]"}
    assert boards.act(board, "reorder_tiles", {"tile_order": []}, 400)["attr"] == "tile_order"
    assert boards.act(board, "reorder_tiles", {"tile_order": [1], "layout": "heap"}, 400)["attr"] == "layout"
    assert boards.get(board)["tiles"][0]["layouts"] == tile["layouts"]


def test_texts_are_made_and_changed_by_themselves(boards: Boards) -> None:
    board = boards.make()
    first = boards.text(board, "one")
    second = boards.text(board, "two", layouts={"sm": {"x": 0, "y": 0, "w": 12, "h": 2}}, color="red")
    assert (sm(first), second["color"]) == ((0, 0, 6, 5), "red")
    changed = boards.act(board, "update_text_tile", {"tile_id": first["id"], "body": "three"})
    assert (changed["text"]["body"], changed["layouts"], changed["id"]) == ("three", first["layouts"], first["id"])
    coloured = boards.act(board, "update_text_tile", {"tile_id": first["id"], "color": "blue"})
    assert (coloured["text"]["body"], coloured["color"]) == ("three", "blue")


def test_texts_have_limits(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board)
    [tile] = boards.get(board)["tiles"]
    for body, detail in (
        ({"body": ""}, "Text body cannot be empty"),
        ({"body": "x" * 4001}, "Text body cannot exceed 4000 characters"),
        ({"body": "x", "color": "x" * 401}, "Color cannot exceed 400 characters"),
    ):
        assert boards.act(board, "create_text_tile", body, 400)["detail"] == detail
    no_text = boards.act(board, "update_text_tile", {"tile_id": tile["id"], "body": "x"}, 400)
    assert no_text["detail"] == "Tile is not a text tile."
    boards.act(board, "update_text_tile", {"tile_id": 999, "body": "x"}, 404)
    assert len(boards.get(board)["tiles"]) == 1


def test_what_is_beneath_a_tile_moves_up_when_it_goes(boards: Boards) -> None:
    board = boards.make()
    upper = boards.text(board, "upper", layouts={"sm": {"x": 0, "y": 0, "w": 12, "h": 3}})
    boards.text(board, "lower", layouts={"sm": {"x": 0, "y": 3, "w": 6, "h": 2}})
    boards.act(board, "delete_tile", {"tile_id": upper["id"]}, 204)
    [lower] = boards.get(board)["tiles"]
    assert (lower["text"]["body"], sm(lower)) == ("lower", (0, 0, 6, 2))
    boards.act(board, "delete_tile", {"tile_id": upper["id"]}, 404)


def test_insights_are_run_as_tables_of_text_or_as_they_are(boards: Boards) -> None:
    board = boards.make(tiles=[{"text": {"body": "Hi"}}])
    boards.api.store_event()
    boards.insight(board, query=hogql("SELECT 1 AS one, 'a|b' AS two"), name="Rows")
    boards.insight(board, query={**TRENDS, "dateRange": {"date_from": "-1d"}})

    run = told(boards.send("GET", f"{board['id']}/run_insights/", refresh="blocking"))["results"]

    assert [each["insight"]["name"] for each in run] == ["Rows", "Views"]
    assert run[0]["insight"]["result"] == "one | two\n1 | a\\|b"
    head, *days = run[1]["insight"]["result"].split("\n")
    assert head == "date | $pageview"
    assert [day.split(" | ")[1] for day in days] == ["0", "1"]
    raw = told(boards.send("GET", f"{board['id']}/run_insights/", output_format="json"))["results"]
    assert raw[0]["insight"]["result"] == [[1, "a|b"]]
    assert raw[1]["insight"]["result"][0]["data"] == [0, 1]
    assert boards.fault("GET", f"{board['id']}/run_insights/", output_format="x")["attr"] == "output_format"


def test_tiles_are_streamed_in_order_and_a_failing_one_does_not_end_it(boards: Boards) -> None:
    board = boards.make()
    boards.insight(board, query=hogql("SELECT nothing FROM nowhere"), name="bad")
    boards.insight(board, query=hogql("SELECT 7"), name="good")
    boards.text(board)

    first, bad, good, text, last = frames_of(boards.send("GET", f"{board['id']}/stream_tiles/", refresh="blocking"))

    assert (first["type"], first["dashboard"]["id"], len(first["dashboard"]["tiles"])) == ("metadata", board["id"], 2)
    assert "result" not in first["dashboard"]["tiles"][0]["insight"]
    assert (bad["type"], bad["order"]) == ("tile", 0)
    assert "nowhere" in bad["tile"]["error"]["message"]
    assert good["tile"]["insight"]["result"] == [[7]]
    assert text["tile"]["text"]["body"] == "Hi"
    assert last == {"type": "complete"}
    narrow = {"sm": {"x": 0, "y": 9, "w": 6, "h": 5}, "xs": {"x": 0, "y": 0, "w": 1, "h": 5}}
    boards.change(board, tiles=[{"id": text["tile"]["id"], "layouts": narrow}])
    by_rows = frames_of(boards.send("GET", f"{board['id']}/stream_tiles/", layoutSize="xs"))
    assert [bool(each["tile"]["text"]) for each in by_rows[1:-1]].index(True) < 2


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("dashboard:read", "GET", "", 200),
        ("dashboard:read", "POST", "reorder_tiles/", 403),
        ("dashboard:write", "POST", "reorder_tiles/", 400),
        ("dashboard:read", "GET", "stream_tiles/", 200),
        ("dashboard:read", "GET", "run_insights/", 403),
        ("query:read", "GET", "run_insights/", 200),
        ("query:read", "GET", "", 403),
        ("activity_log:read", "GET", "activity/", 200),
    ],
)
def test_keys_need_the_scope(boards: Boards, scope: str, method: str, path: str, status: int) -> None:
    from hedgerow.organizations.models import PersonalAPIKey

    board = boards.make()
    PersonalAPIKey.objects.filter(user=boards.user).update(scopes=[scope])
    assert boards.send(method, f"{board['id']}/{path}", {} if method == "POST" else None).status_code == status
