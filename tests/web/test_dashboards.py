"""The pages of dashboards, as a signed-in member asks for them."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from hedgerow.dashboards.making import create_dashboard
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile, Variable
from hedgerow.dashboards.placing import place_insight
from hedgerow.organizations.models import Membership, Organization, User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import create_insight
from tests.web.visiting import PASSWORD, Visitor

PAID = {"kind": "EventsNode", "event": "paid"}
TRENDS = {"kind": "TrendsQuery", "series": [PAID], "dateRange": {"date_from": "-7d"}}


class Board:
    """A dashboard with one insight on it, as its page shows it."""

    def __init__(self, visitor: Visitor, name: str = "Money") -> None:
        self.visitor, self.project = visitor, visitor.project
        self.row = create_dashboard(visitor.project, visitor.user, name=name)
        self.insight = create_insight(visitor.project, visitor.user, name="Payments", query=TRENDS)
        self.tile = place_insight(self.row, self.insight)
        self.path = f"dashboard/{self.row.pk}"

    def html(self, **query: Any) -> str:
        return self.visitor.text(self.path, **query)

    def answer(self, **query: Any) -> str:
        return self.visitor.text(f"{self.path}/tile/{self.tile.pk}", **query)

    def do(self, what: str, **fields: Any) -> Any:
        """Send a form of the page; the page it leads to."""
        address = reverse("change_dashboard", args=[self.project.pk, self.row.pk])
        return self.visitor.client.post(address, {"do": what, **fields}, follow=True)

    def dialog(self, name: str, **query: Any) -> str:
        return self.visitor.text(f"{self.path}/dialog/{name}", **query)

    def fresh(self) -> Dashboard:
        return Dashboard.objects.get(pk=self.row.pk)


@pytest.fixture
def board(visitor: Visitor) -> Board:
    """A dashboard with an insight about payments, of which there were two."""
    visitor.send("paid", amount=20)
    visitor.send("paid", amount=30)
    return Board(visitor)


# The list


def test_the_list_has_pinned_ones_first(visitor: Visitor) -> None:
    for name, pinned in (("Apples", False), ("Pears", True)):
        create_dashboard(visitor.project, visitor.user, name=name, pinned=pinned)
    text = visitor.text("dashboards")
    assert text.index("Pears") < text.index("Apples")


def test_the_list_is_searched_and_narrowed_to_a_tag(visitor: Visitor) -> None:
    create_dashboard(visitor.project, visitor.user, name="Apples", tags=["fruit"])
    create_dashboard(visitor.project, visitor.user, name="Leeks")
    assert ">Leeks</a>" not in visitor.text("dashboards", search="appl")
    assert ">Leeks</a>" not in visitor.text("dashboards", tags="fruit")
    assert "None fits" in visitor.text("dashboards", search="zzzz")


def test_pinning_in_the_list_leads_back_to_it(board: Board) -> None:
    response = board.do("pin", pinned="on", back="list")
    assert response.redirect_chain[-1][0] == f"/project/{board.project.pk}/dashboards"
    assert board.fresh().pinned


def test_the_list_tells_when_one_was_looked_at(board: Board) -> None:
    assert "<td>–</td>" in board.visitor.text("dashboards")
    board.html()
    assert "<td>–</td>" not in board.visitor.text("dashboards")


# Making


def test_a_new_one_is_empty_or_made_by_a_template(visitor: Visitor) -> None:
    visitor.send("$pageview")
    for template, has_tiles in (("", False), ("Product analytics", True)):
        sent = {"name": "Mine", "template": template}
        response = visitor.client.post(f"/project/{visitor.project.pk}/dashboards/new", sent, follow=True)
        made = Dashboard.objects.get(pk=int(response.redirect_chain[-1][0].rpartition("/")[2]))
        assert made.name == "Mine"
        assert made.tiles.exists() is has_tiles


def test_an_unknown_template_is_told_and_nothing_is_made(visitor: Visitor) -> None:
    sent = {"name": "Mine", "template": "Nope"}
    response = visitor.client.post(f"/project/{visitor.project.pk}/dashboards/new", sent)
    assert response.status_code == 422
    assert "Invalid template provided: Nope" in response.content.decode()
    assert not Dashboard.objects.exists()


# The board


def test_answers_that_are_kept_are_in_the_first_response(board: Board) -> None:
    assert 'data-state="waiting"' in board.html()
    assert 'data-state="shown"' in board.answer(refresh="blocking")
    html = board.html()
    assert 'data-state="shown"' in html
    assert f'id="specification-{board.tile.pk}"' in html


def test_showing_a_board_computes_nothing(board: Board) -> None:
    board.html()
    assert 'data-state="waiting"' in board.answer()


def test_a_failing_insight_leaves_the_others(board: Board) -> None:
    node = {"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "query": "SELECT nothing FROM nowhere"}}
    bad = Insight.objects.create(project=board.project, name="Bad", query=node)
    tile = place_insight(board.row, bad)
    assert 'data-state="failed"' in board.visitor.text(f"{board.path}/tile/{tile.pk}", refresh="blocking")
    assert "Payments" in board.html()


def test_a_look_is_in_the_address_and_not_stored(board: Board) -> None:
    sent = {"look": "1", "range": "28d", "breakdown": "", "add": ""}
    response = board.visitor.get(board.path, **sent)
    assert response.status_code == 302
    html = board.visitor.client.get(response.headers["Location"]).content.decode()
    assert '<option value="28d" selected>' in html
    assert "only in this page’s address" in html
    assert board.fresh().filters == {}


def test_days_are_chosen_one_after_the_other(board: Board) -> None:
    opened = board.visitor.client.get(board.visitor.get(board.path, look="1", range="custom").headers["Location"])
    assert 'id="from" name="from" value=""' in opened.content.decode()
    response = board.visitor.get(board.path, **{"look": "1", "range": "custom", "from": "2026-01-05", "to": ""})
    looked = json.loads(parse_qs(urlsplit(response.headers["Location"]).query)["filters"][0])
    assert (looked["date_from"], looked["date_to"]) == ("2026-01-05", None)


def test_a_look_is_put_over_the_answers(board: Board) -> None:
    look = json.dumps({"date_from": "-1dStart", "date_to": "-1dEnd"})
    assert 'data-state="empty"' in board.answer(refresh="blocking", filters=look)
    assert 'data-state="shown"' in board.answer(refresh="blocking")


def test_a_look_is_stored_without_what_says_nothing(board: Board) -> None:
    properties = [{"type": "event"}, {"type": "event", "key": "amount", "operator": "exact", "value": ["20"]}]
    look = json.dumps({"date_from": "-7d", "properties": properties, "breakdown_filter": None})
    board.do("store-look", look=f"?filters={look}")
    assert board.fresh().filters == {"date_from": "-7d", "properties": properties[1:]}
    assert "only in this page’s address" not in board.html()


ODD = [
    *("{", "[]", "12", "null", '{"date_from": ""}', '{"date_from": 5}', '{"date_to": ["x"]}', '{"properties": "x"}'),
    *('{"properties": [1]}', '{"properties": {"values": "x"}}', '{"properties": [{"key": {"a": 1}}]}'),
    *(
        '{"breakdown_filter": "x"}',
        '{"breakdown_filter": {"breakdowns": "x"}}',
        '{"breakdown_filter": {"breakdown": {}}}',
    ),
]


@pytest.mark.parametrize("text", ODD)
def test_a_look_that_cannot_be_read_hides_nothing(board: Board, text: str) -> None:
    assert "Payments" in board.html(filters=text)
    assert "Payments" in board.html(variables=text)
    assert re.search('data-state="(shown|failed)"', board.answer(filters=text, variables=text, refresh="blocking"))


@pytest.mark.parametrize("text", [text for text in ODD if text.startswith("{") and len(text) > 1])
def test_odd_filters_that_are_stored_do_not_hide_the_board(board: Board, text: str) -> None:
    Dashboard.objects.filter(pk=board.row.pk).update(filters=json.loads(text), variables=json.loads(text))
    html = board.html()
    assert "Payments" in html
    assert "only in this page’s address" not in html


def test_variables_of_sql_have_fields(board: Board) -> None:
    variables = {"v1": {"variableId": "v1", "code_name": "least", "value": 25}}
    source = {"kind": "HogQLQuery", "query": "SELECT {variables.least} AS n", "variables": variables}
    tile = place_insight(board.row, create_insight(board.project, board.visitor.user, name="SQL", query=source))
    assert '<label for="variable-v1">least</label>' in board.html()
    response = board.visitor.get(board.path, **{"look": "1", "variable-v1": "40"})
    query = response.headers["Location"].partition("?")[2]
    address = f"/project/{board.project.pk}/{board.path}/tile/{tile.pk}?{query}&refresh=blocking"
    assert "40" in board.visitor.client.get(address).content.decode()


def test_variables_of_the_project_are_asked_for_as_they_are(board: Board) -> None:
    kinds: list[tuple[str, str, Any, list[str] | None]] = [
        ("Plan", "List", "Free", ["Free", "Paid"]),
        ("Least", "Number", 3, None),
        ("New", "Boolean", True, None),
        ("Word", "String", "12", None),
    ]
    variables = {}
    for name, kind, value, values in kinds:
        row = Variable.objects.create(project=board.project, name=name, code_name=name, type=kind, values=values)
        variables[name] = {"variableId": str(row.pk), "code_name": name, "value": value}
    by_id = {each["variableId"]: each for each in variables.values()}
    query = "SELECT {variables.Plan}, {variables.Least}, {variables.New}, {variables.Word}"
    source = {"kind": "HogQLQuery", "query": query, "variables": by_id}
    place_insight(board.row, create_insight(board.project, board.visitor.user, name="SQL", query=source))
    assert '<option value="Free" selected>Free</option>' in board.html()
    sent = {"Plan": "Paid", "Least": "4", "New": "false", "Word": "13"}
    fields = {f"variable-{variables[name]['variableId']}": text for name, text in sent.items()}
    location = urlsplit(board.visitor.get(board.path, look="1", **fields).headers["Location"])
    looked = json.loads(parse_qs(location.query)["variables"][0])
    assert {each["code_name"]: each["value"] for each in looked.values()} == {
        "Plan": "Paid",
        "Least": 4,
        "New": False,
        "Word": "13",
    }


def test_texts_are_markdown_that_does_no_harm(board: Board) -> None:
    board.do("text", body="# Hello\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) **bold**")
    html = board.html()
    assert "<h2>Hello</h2>" in html
    assert "<strong>bold</strong>" in html
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


# Changing


def test_name_description_and_tags_are_changed(board: Board) -> None:
    board.do("details", name="Cash", description="What comes in", tags="Money, money, q3")
    changed = board.fresh()
    assert (changed.name, changed.description, changed.tags) == ("Cash", "What comes in", ["money", "q3"])


def test_an_insight_is_added_once(board: Board) -> None:
    other = create_insight(board.project, board.visitor.user, name="Refunds", query=TRENDS)
    found = board.dialog("insights")
    assert "Refunds" in found
    assert "Payments" not in found
    board.do("add-insight", insight=other.short_id)
    assert "Refunds" in board.html()


def test_a_button_must_lead_somewhere(board: Board) -> None:
    fields = {"text": "Go", "url": "javascript:alert(1)", "placement": "left", "style": "primary"}
    assert "Enter a valid URL" in board.do("button", **fields).content.decode()
    board.do("button", **{**fields, "url": "/project/1"})
    assert 'href="/project/1"' in board.html()


def test_a_fault_comes_back_in_its_dialog(board: Board) -> None:
    address = reverse("change_dashboard", args=[board.project.pk, board.row.pk])
    sent = {"do": "text", "dialog": "text", "body": "x" * 4001}
    response = board.visitor.client.post(address, sent, headers={"HX-Request": "true"})
    assert response.headers["HX-Retarget"] == "#dialog-body"
    assert "Text body cannot exceed 4000 characters" in response.content.decode()
    assert "x" * 4001 in response.content.decode()


def test_a_tile_is_named_coloured_and_freed_of_filters(board: Board) -> None:
    board.do("tile", tile=board.tile.pk, name="Income", colour="purple", **{"own-filters": "on"})
    tile = Tile.objects.select_related("insight").get(pk=board.tile.pk)
    assert tile.insight is not None
    assert (tile.insight.name, tile.color) == ("Income", "purple")
    look = json.dumps({"date_from": "-1dStart", "date_to": "-1dEnd"})
    assert 'data-state="shown"' in board.answer(refresh="blocking", filters=look)


def test_a_tile_is_duplicated_removed_and_put_back(board: Board) -> None:
    board.do("duplicate-tile", tile=board.tile.pk)
    assert "Payments (Copy)" in board.html()
    told = board.do("remove-tile", tile=board.tile.pk).content.decode()
    assert "The tile is removed." in told
    assert 'value="put-back"' in told
    assert ">Payments</a>" not in board.html()
    board.do("put-back", tile=board.tile.pk)
    assert ">Payments</a>" in board.html()


def test_a_tile_is_moved_to_another_dashboard(board: Board) -> None:
    other = create_dashboard(board.project, board.visitor.user, name="Other")
    assert "Other" in board.dialog("send-tile", tile=board.tile.pk)
    board.do("send-tile", tile=board.tile.pk, to=other.pk, way="move")
    assert not board.fresh().tiles.filter(deleted=False).exists()
    assert other.tiles.count() == 1


def test_a_dashboard_is_duplicated(board: Board) -> None:
    response = board.do("duplicate", name="Twin", insights="on")
    assert "This is the copy of Money." in response.content.decode()
    twin = Dashboard.objects.get(name="Twin")
    assert twin.tiles.get().insight != board.insight


def test_a_dashboard_is_deleted_with_its_insights_and_comes_back(board: Board) -> None:
    assert "1 insight that is" in " ".join(board.dialog("delete").split())
    told = board.do("delete", insights="on").content.decode()
    assert "Money is deleted." in told
    assert 'value="restore"' in told
    assert board.visitor.get(board.path).status_code == 404
    assert Insight.objects.get(pk=board.insight.pk).deleted
    assert "Money is back." in board.do("restore").content.decode()
    assert ">Payments</a>" in board.html()


# Who may


def test_those_who_may_only_look_are_offered_nothing_to_change(board: Board) -> None:
    Dashboard.objects.filter(pk=board.row.pk).update(restriction_level=RestrictionLevel.COLLABORATORS, created_by=None)
    html = board.html()
    assert "data-editable" not in html
    assert "Remove from dashboard" not in html
    assert "edit permissions" in board.do("remove-tile", tile=board.tile.pk).content.decode()
    assert Tile.objects.filter(pk=board.tile.pk, deleted=False).exists()


def test_dashboards_of_other_projects_are_not_there(board: Board) -> None:
    stranger = User.objects.create_user("eve@example.com", PASSWORD)
    organization = Organization.objects.create(name="Elsewhere")
    Membership.objects.create(user=stranger, organization=organization)
    theirs = Project.objects.create(organization=organization, name="Theirs")
    board.visitor.client.force_login(stranger)
    for path in ("", "/dialog/details", f"/tile/{board.tile.pk}"):
        assert board.visitor.client.get(f"/project/{theirs.pk}/{board.path}{path}").status_code == 404
        assert board.visitor.client.get(f"/project/{board.project.pk}/{board.path}{path}").status_code == 404
    response = board.visitor.client.post(f"/project/{theirs.pk}/{board.path}/change", {"do": "delete"})
    assert response.status_code == 404
    assert not board.fresh().deleted


@pytest.mark.parametrize("what", ["details", "tile", "text", "send-tile", "duplicate-tile", "nonsense", ""])
def test_nonsense_is_answered_without_fault(board: Board, what: str) -> None:
    response = board.do(what, tile="9" * 30, name="x" * 500, to="-1", body="")
    assert response.status_code in (200, 404)
    assert board.fresh().name == "Money"
