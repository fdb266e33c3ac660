"""Who may edit a restricted dashboard, and who says so."""

from typing import Any

import pytest

from hedgerow.api.levels import Level
from tests.accounts import denied
from tests.dashboards.asking import Boards, told

pytestmark = pytest.mark.django_db


def test_only_some_may_edit_a_restricted_dashboard(boards: Boards) -> None:
    board = boards.make(restriction_level=37)
    member, admin = boards.somebody_else(), boards.somebody_else(Level.ADMIN)
    path = f"{board['id']}/"

    assert member.fault("PATCH", path, {"name": "B"}, 403) == denied(
        "You don't have edit permissions for this dashboard."
    )
    for action in ("move_tile", "copy_tile", "reorder_tiles", "create_text_tile", "update_text_tile", "delete_tile"):
        member.fault("POST", f"{path}{action}/", {}, 403)
    assert (member.get(board)["effective_privilege_level"], member.get(board)["user_access_level"]) == (21, "viewer")
    assert admin.change(board, name="B")["user_access_level"] == "manager"

    told(boards.send("POST", f"{path}collaborators/", {"user_uuid": str(member.user.uuid), "level": 37}), 201)

    assert member.change(board, name="C")["user_access_level"] == "editor"
    assert member.fault("PATCH", path, {"restriction_level": 21}, 403)["detail"].startswith("Only the dashboard owner")
    [collaborator] = told(member.send("GET", f"{path}collaborators/"))
    assert (collaborator["user"]["id"], collaborator["level"]) == (member.user.pk, 37)
    told(boards.send("DELETE", f"{path}collaborators/{member.user.uuid}/"), 204)
    member.fault("PATCH", path, {"name": "D"}, 403)
    boards.fault("DELETE", f"{path}collaborators/{member.user.uuid}/", status=404)
    assert boards.change(board, restriction_level=21)["restriction_level"] == 21
    assert member.change(board, name="D")["name"] == "D"


def test_only_members_become_collaborators_and_only_of_restricted_dashboards(boards: Boards) -> None:
    restricted, open_board = boards.make(restriction_level=37), boards.make()
    member, admin = boards.somebody_else(), boards.somebody_else(Level.ADMIN)

    def refused(board: dict[str, Any], uuid: Any, status: int = 400) -> str:
        body = {"user_uuid": str(uuid)}
        return str(boards.fault("POST", f"{board['id']}/collaborators/", body, status)["detail"])

    assert "not restricted" in refused(open_board, member.user.uuid)
    assert "can edit it anyway" in refused(restricted, admin.user.uuid)
    assert "can edit it anyway" in refused(restricted, boards.user.uuid)
    assert refused(restricted, "00000000-0000-0000-0000-000000000000") == "User not found in this organization."
    assert refused(restricted, "x") == "Must be a valid UUID."
