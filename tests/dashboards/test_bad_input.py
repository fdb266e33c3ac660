"""Whatever is sent to dashboards, the answer is an error in the API's shape or a success, and never a failure."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dashboards.asking import Boards, told

pytestmark = pytest.mark.django_db

BIG = 10**30
ODD = st.sampled_from([None, True, -1, 0, 1.5, BIG, "", "x", "\0", "٣", [], [None], {}, {"id": None}, {"a": "\0"}])
FIELDS = st.sampled_from(
    [
        *("name", "description", "pinned", "tags", "filters", "variables", "breakdown_colors", "restriction_level"),
        *("tiles", "use_template", "use_dashboard", "duplicate_tiles", "delete_insights", "last_refresh"),
        *("quick_filter_ids", "data_color_theme_id", "_create_in_folder", "tile", "to_dashboard", "tileId"),
        *("fromDashboardId", "tile_order", "layout", "tile_id", "body", "layouts", "color", "template", "user_uuid"),
    ]
)
TILE = st.dictionaries(
    st.sampled_from(["id", "text", "button_tile", "layouts", "color", "filters_overrides", "deleted", "widget"]),
    ODD | st.dictionaries(st.sampled_from(["id", "body", "url", "text", "created_by", "sm", "xs"]), ODD, max_size=3),
    max_size=3,
)
PARTS = ODD | st.lists(TILE, max_size=2) | st.fixed_dictionaries({"id": ODD})
BODIES = ODD | st.dictionaries(FIELDS, PARTS, max_size=3)
PATHS = st.sampled_from(
    [
        *(("POST", ""), ("PATCH", "{id}/"), ("PUT", "{id}/"), ("POST", "create_from_template_json/")),
        *(("POST", "{id}/move_tile/"), ("POST", "{id}/copy_tile/"), ("POST", "{id}/reorder_tiles/")),
        *(("POST", "{id}/create_text_tile/"), ("POST", "{id}/update_text_tile/"), ("POST", "{id}/delete_tile/")),
        ("POST", "{id}/collaborators/"),
    ]
)


@given(PATHS, BODIES)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_odd_bodies_are_answered(boards: Boards, asked: tuple[str, str], body: Any) -> None:
    board = boards.make(tiles=[{"text": {"body": "Hi"}}])
    method, path = asked
    answer = boards.send(method, path.format(id=board["id"]), body)
    assert answer.status_code < 500, answer.content
    assert boards.send("GET", f"{board['id']}/").status_code in (200, 404)


@pytest.mark.parametrize("id", ["0", "x", "-1", "1" * 30, "٣", "1.5"])
@pytest.mark.parametrize("rest", ["", "stream_tiles/", "collaborators/", "activity/"])
def test_what_is_no_id_is_not_found(boards: Boards, id: str, rest: str) -> None:
    assert boards.send("GET", f"{id}/{rest}").status_code == 404


@pytest.mark.parametrize(
    "parameters",
    [
        {"filters_override": '{"properties": 5}'},
        {"variables_override": '{"x": 5}'},
        {"variables_override": "["},
        {"refresh": "sometimes"},
    ],
)
def test_odd_parameters_are_refused(boards: Boards, parameters: dict[str, str]) -> None:
    board = boards.make()
    for path in (f"{board['id']}/", f"{board['id']}/run_insights/", f"{board['id']}/stream_tiles/"):
        assert boards.fault("GET", path, **parameters)["attr"] == next(iter(parameters))


def test_layouts_of_any_form_are_kept_and_do_no_harm(boards: Boards) -> None:
    layouts = {"sm": {"x": "left", "y": None}, "xs": 5, "lg": []}
    board = boards.make(tiles=[{"text": {"body": "odd"}, "layouts": layouts}])
    boards.text(board, "plain")
    assert [tile["text"]["body"] for tile in boards.get(board)["tiles"]] == ["plain", "odd"]
    assert boards.get(board)["tiles"][1]["layouts"] == layouts
    order = [tile["id"] for tile in boards.get(board)["tiles"]][::-1]
    told(boards.send("POST", f"{board['id']}/reorder_tiles/", {"tile_order": order}))
    assert [tile["text"]["body"] for tile in boards.get(board)["tiles"]] == ["odd", "plain"]
