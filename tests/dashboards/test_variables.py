"""Variables of SQL insights: kept by a project, given a default, and given values by dashboards and requests."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.dashboards.asking import Boards, hogql, told

pytestmark = pytest.mark.django_db


def make(boards: Boards, name: str = "Country Code", **fields: Any) -> dict[str, Any]:
    variable: dict[str, Any] = told(
        boards.api.send("POST", "insight_variables/", {"name": name, "type": "String", **fields}), 201
    )
    return variable


def asking(boards: Boards, board: dict[str, Any], variable: dict[str, Any], **value: Any) -> dict[str, Any]:
    """An insight on a dashboard that gives back the variable."""
    named = {"variableId": variable["id"], "code_name": variable["code_name"], **value}
    query = hogql(f"SELECT {{variables.{variable['code_name']}}}", variables={variable["id"]: named})
    return boards.insight(board, query=query)


def shown(boards: Boards, board: dict[str, Any], **parameters: Any) -> Any:
    return boards.get(board, refresh="blocking", **parameters)["tiles"][0]["insight"]["result"][0][0]


def given(variable: dict[str, Any], value: Any) -> dict[str, Any]:
    """The value of a variable, as dashboards and requests give it."""
    return {variable["id"]: {"code_name": variable["code_name"], "variableId": variable["id"], "value": value}}


def test_the_life_of_a_variable(boards: Boards) -> None:
    made = make(boards, values=["DE", "FR"], type="List", default_value="DE")
    assert (made["code_name"], made["values"], made["created_by"]) == ("country_code", ["DE", "FR"], boards.user.pk)
    path = f"insight_variables/{made['id']}/"
    changed = told(boards.api.send("PATCH", path, {"default_value": "FR", "name": "Land"}))
    assert (changed["default_value"], changed["name"], changed["code_name"]) == ("FR", "Land", "country_code")
    assert [each["id"] for each in told(boards.api.send("GET", "insight_variables/"))["results"]] == [made["id"]]
    assert boards.api.send("DELETE", path).status_code == 204
    assert boards.api.send("GET", path).status_code == 404


def test_names_are_needed_once_in_a_project(boards: Boards) -> None:
    make(boards)
    for body, attr in (
        ({"name": "country code!", "type": "String"}, "name"),
        ({"name": "?!", "type": "String"}, "name"),
        ({"type": "String"}, "name"),
        ({"name": "x", "type": "Colour"}, "type"),
        ({"name": "x", "type": "List", "values": "DE"}, "values"),
    ):
        answer = boards.api.send("POST", "insight_variables/", body)
        assert told(answer, 400)["attr"] == attr
    assert boards.api.send("GET", "insight_variables/x/").status_code == 404


def test_values_come_from_the_request_the_dashboard_the_question_and_the_default(boards: Boards) -> None:
    variable = make(boards, default_value="default")
    board, open_board = boards.make(), boards.make()
    asking(boards, board, variable, value="question")
    asking(boards, open_board, variable)

    assert (shown(boards, board), shown(boards, open_board)) == ("question", "default")
    boards.change(board, variables=given(variable, "dashboard"))
    assert shown(boards, board) == "dashboard"
    assert shown(boards, board, variables_override=given(variable, "request")) == "request"
    now = boards.get(board, variables_override=given(variable, "request"))
    assert now["variables"][variable["id"]]["value"] == "request"
    assert now["persisted_variables"][variable["id"]]["value"] == "dashboard"
    told(boards.api.send("PATCH", f"insight_variables/{variable['id']}/", {"default_value": "later"}))
    assert shown(boards, open_board) == "later"


def test_many_questions_read_the_variables_once(boards: Boards) -> None:
    variable = make(boards, default_value=1)

    def queries(tiles: int) -> int:
        board = boards.make()
        for _ in range(tiles):
            asking(boards, board, variable)
        with CaptureQueriesContext(connection) as captured:
            boards.get(board)
        return len(captured)

    assert queries(1) == queries(4)
