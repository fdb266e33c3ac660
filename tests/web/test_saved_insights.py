"""Saved insights on the pages: their list, the page of each, and how questions become insights."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile
from hedgerow.dashboards.placing import place_insight
from hedgerow.files.models import View
from hedgerow.organizations.models import Membership, User
from hedgerow.saved_insights.models import Insight, InsightView
from hedgerow.web.insights.choices import Choices
from hedgerow.web.saved_insights.sameness import is_same
from hedgerow.web.saved_insights.wording import derived_name
from tests.web.form_fields import changed, form_fields
from tests.web.visiting import Visitor

VIEWS = {"kind": "EventsNode", "event": "$pageview", "math": "total"}
PAID = {"kind": "EventsNode", "event": "paid"}
TRENDS = {"kind": "TrendsQuery", "series": [VIEWS]}
SQL = {"kind": "HogQLQuery", "query": "SELECT event, count() FROM events GROUP BY event"}


def saved(visitor: Visitor, query: dict[str, Any] | None = None, **fields: Any) -> Insight:
    """An insight of the visitor's project, made by nobody unless the fields say so."""
    node = {"kind": "InsightVizNode", "source": query or TRENDS}
    return Insight.objects.create(project=visitor.project, **{"name": "Views", "query": node, **fields})


def do(visitor: Visitor, insight: Insight, what: str, **fields: Any) -> Any:
    """Do something to an insight; where it leads."""
    address = f"/project/{visitor.project.pk}/insights/{insight.short_id}/change"
    return visitor.client.post(address, {"do": what, **fields})


def names(page: str, *known: str) -> list[str]:
    """Those of the names that are in the list, in their order there."""
    body = page[page.index("<tbody>") :] if "<tbody>" in page else ""
    return sorted((name for name in known if f">{name}</a>" in body), key=lambda name: body.index(f">{name}</a>"))


def query_of(insight: Insight) -> dict[str, Any]:
    """What an insight asks as it is in the records now."""
    query: dict[str, Any] | None = Insight.objects.get(pk=insight.pk).query
    assert query is not None
    return query


# The list


def test_the_list_shows_what_is_saved_and_leads_to_it(visitor: Visitor) -> None:
    insight = saved(visitor, description="All of them", tags=["weekly"])
    saved(visitor, name="A draft", saved=False)
    saved(visitor, name="Gone", deleted=True)
    page = visitor.text("insights")
    assert names(page, "Views", "A draft", "Gone") == ["Views"]
    assert f'href="/project/{visitor.project.pk}/insights/{insight.short_id}"' in page
    assert "All of them" in page
    assert "weekly" in page
    assert "<td>Trends</td>" in page


def test_the_list_is_narrowed_and_ordered(visitor: Visitor) -> None:
    saved(visitor, name="Beta", tags=["weekly"], favorited=True)
    saved(visitor, {"kind": "PathsQuery", "pathsFilter": {}}, name="Alpha", created_by=visitor.user)
    every = ("Alpha", "Beta")
    assert names(visitor.text("insights"), *every) == ["Alpha", "Beta"]
    assert names(visitor.text("insights", order="name"), *every) == ["Alpha", "Beta"]
    assert names(visitor.text("insights", search="bet"), *every) == ["Beta"]
    assert names(visitor.text("insights", kind="PATHS"), *every) == ["Alpha"]
    assert names(visitor.text("insights", tag="weekly"), *every) == ["Beta"]
    assert names(visitor.text("insights", favourite="on"), *every) == ["Beta"]
    assert names(visitor.text("insights", mine="on"), *every) == ["Alpha"]
    assert "No such insight" in visitor.text("insights", search="nothing like it")


def test_the_last_viewed_come_first(visitor: Visitor) -> None:
    first = saved(visitor, name="First")
    saved(visitor, name="Second")
    visitor.text(f"insights/{first.short_id}")
    assert names(visitor.text("insights", order="-last_viewed_at"), "First", "Second") == ["First", "Second"]


def test_long_lists_have_pages(visitor: Visitor) -> None:
    for number in range(51):
        saved(visitor, name=f"Insight {number:02}")
    first, second = visitor.text("insights", order="name"), visitor.text("insights", order="name", offset=50)
    assert "Insight 49</a>" in first
    assert "Insight 50</a>" not in first
    assert names(second, "Insight 50", "Insight 00") == ["Insight 50"]


@pytest.mark.parametrize(
    "asked", [{"search": "x" * 500}, {"kind": "ODD"}, {"order": "-x"}, {"tag": "'"}, {"offset": "-1"}]
)
def test_senseless_choices_of_the_list_break_nothing(visitor: Visitor, asked: dict[str, str]) -> None:
    assert visitor.get("insights", **asked).status_code == 200


def test_an_old_address_with_a_question_still_asks_it(visitor: Visitor) -> None:
    response = visitor.get("insights", q=json.dumps(TRENDS))
    assert response.headers["Location"].startswith(f"/project/{visitor.project.pk}/trends?q=")


def test_a_favourite_is_marked_in_the_list(visitor: Visitor) -> None:
    insight = saved(visitor)
    back = f"/project/{visitor.project.pk}/insights?order=name"
    assert do(visitor, insight, "favourite", favorited="on", back=back).headers["Location"] == back
    assert Insight.objects.get(pk=insight.pk).favorited
    do(visitor, insight, "favourite", favorited="off")
    assert not Insight.objects.get(pk=insight.pk).favorited


def test_nobody_is_led_away_from_this_server(visitor: Visitor) -> None:
    insight = saved(visitor)
    response = do(visitor, insight, "favourite", favorited="on", back="//example.com/x")
    assert response.headers["Location"] == f"/project/{visitor.project.pk}/insights/{insight.short_id}"


def test_deleting_can_be_undone(visitor: Visitor) -> None:
    insight = saved(visitor)
    assert do(visitor, insight, "delete").headers["Location"] == f"/project/{visitor.project.pk}/insights"
    page = visitor.text("insights")
    assert "Views is deleted." in page
    assert 'name="do" value="restore"' in page
    assert visitor.get(f"insights/{insight.short_id}").status_code == 404
    do(visitor, insight, "restore")
    assert names(visitor.text("insights"), "Views") == ["Views"]


# The page of one


def test_a_saved_insight_opens_with_its_question(visitor: Visitor) -> None:
    visitor.send("$pageview")
    insight = saved(visitor, {**TRENDS, "dateRange": {"date_from": "-14d"}}, description="Of all pages")
    response = visitor.get(f"insights/{insight.short_id}")
    assert response.context["question"].query["dateRange"]["date_from"] == "-14d"
    assert response.context["shown"].specification
    assert not response.context["is_changed"]
    page = response.content.decode()
    assert "<h1>Views</h1>" in page
    assert "Of all pages" in page
    assert "Not saved." not in page


def test_opening_records_the_view_and_asking_otherwise_does_not(visitor: Visitor) -> None:
    insight = saved(visitor)
    visitor.text(f"insights/{insight.short_id}", q=json.dumps(TRENDS))
    assert not InsightView.objects.filter(insight=insight).exists()
    visitor.text(f"insights/{insight.short_id}")
    assert InsightView.objects.get(insight=insight).user == visitor.user
    assert View.objects.get(project=visitor.project, type="insight").ref == insight.short_id


MINIMAL = [
    {"kind": "TrendsQuery", "series": [PAID]},
    {"kind": "FunnelsQuery", "series": [VIEWS, PAID]},
    {"kind": "RetentionQuery", "retentionFilter": {}},
    {"kind": "PathsQuery", "pathsFilter": {}},
    {"kind": "StickinessQuery", "series": [PAID]},
    {"kind": "LifecycleQuery", "series": [PAID]},
]


@pytest.mark.parametrize("query", MINIMAL, ids=lambda query: query["kind"])
def test_the_editor_untouched_asks_what_was_saved(visitor: Visitor, query: dict[str, Any]) -> None:
    insight = saved(visitor, query)
    fields = form_fields(visitor.text(f"insights/{insight.short_id}"), "question")
    path = f"/project/{visitor.project.pk}/insights/{insight.short_id}"
    assert not visitor.client.get(path, _grouped(fields), follow=True).context["is_changed"]


def test_the_editor_stays_with_the_insight_and_what_differs_is_told(visitor: Visitor) -> None:
    insight = saved(visitor)
    path = f"/project/{visitor.project.pk}/insights/{insight.short_id}"
    fields = form_fields(visitor.text(f"insights/{insight.short_id}"), "question")
    edited = visitor.client.get(path, _grouped(changed(fields, "range", "90d")))
    location = urlsplit(edited.headers["Location"])
    assert location.path == path
    asked = json.loads(parse_qs(location.query)["q"][0])
    assert asked["dateRange"]["date_from"] == "-90d"
    page = visitor.text(f"insights/{insight.short_id}", q=json.dumps(asked))
    assert "Not saved." in page
    assert f'href="{path}">Discard</a>' in page
    assert query_of(insight)["source"] == TRENDS


def _grouped(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found


def test_the_changed_question_is_saved_as_the_editor_has_it(visitor: Visitor) -> None:
    node = {"kind": "InsightVizNode", "source": TRENDS, "showTable": True}
    insight = saved(visitor, name=None)
    Insight.objects.filter(pk=insight.pk).update(query=node)
    fields = form_fields(visitor.text(f"insights/{insight.short_id}"), "question")
    response = do(visitor, insight, "save", **_grouped(changed(fields, "range", "90d")))
    assert response.status_code == 302
    again = Insight.objects.get(pk=insight.pk)
    assert query_of(insight)["showTable"] is True
    assert query_of(insight)["source"]["dateRange"]["date_from"] == "-90d"
    assert again.derived_name == "Pageview count"
    assert again.last_modified_by == visitor.user


def test_what_cannot_be_read_is_not_offered_to_be_saved(visitor: Visitor) -> None:
    insight = saved(visitor)
    page = visitor.text(f"insights/{insight.short_id}", q='{"kind": "TrendsQuery", "series": 7}')
    assert "This question cannot be answered." in page
    assert "Not saved." not in page


def test_another_kind_of_question_can_be_saved_in_its_place(visitor: Visitor) -> None:
    insight = saved(visitor)
    page = visitor.text(f"insights/{insight.short_id}", q=json.dumps({"kind": "LifecycleQuery", "series": [PAID]}))
    do(visitor, insight, "save", **_grouped(form_fields(page, "question")))
    assert query_of(insight)["source"]["kind"] == "LifecycleQuery"


def test_name_description_and_tags_are_edited(visitor: Visitor, django_capture_on_commit_callbacks: Any) -> None:
    insight = saved(visitor)
    with django_capture_on_commit_callbacks(execute=True):
        do(visitor, insight, "details", name=" Page views ", description="Every one", tags="Weekly, team ,")
    again = Insight.objects.get(pk=insight.pk)
    assert (again.name, again.description, sorted(again.tags)) == ("Page views", "Every one", ["team", "weekly"])
    assert "Page views" in visitor.text(f"insights/{insight.short_id}/history")
    assert ActivityLog.objects.filter(scope="Insight", item_id=str(insight.pk), activity="updated").exists()


def test_what_the_rules_do_not_allow_is_told_on_the_page(visitor: Visitor) -> None:
    insight = saved(visitor)
    do(visitor, insight, "details", name="x" * 401)
    assert "no more than 400 characters" in visitor.text(f"insights/{insight.short_id}")
    assert Insight.objects.get(pk=insight.pk).name == "Views"


def test_who_may_not_edit_may_look_and_save_as_new(visitor: Visitor) -> None:
    owner = User.objects.create_user("owner@example.com", "correct horse battery staple")
    board = Dashboard.objects.create(
        project=visitor.project, name="Theirs", created_by=owner, restriction_level=RestrictionLevel.COLLABORATORS
    )
    insight = saved(visitor)
    place_insight(board, insight)
    Membership.objects.filter(user=visitor.user).update(level=Level.MEMBER)
    page = visitor.text(f"insights/{insight.short_id}", q=json.dumps({**TRENDS, "interval": "week"}))
    assert "Save as new" in page
    assert 'id="save-changes"' not in page
    do(visitor, insight, "details", name="Mine now")
    assert Insight.objects.get(pk=insight.pk).name == "Views"
    assert "edit permissions" in visitor.text(f"insights/{insight.short_id}")


def test_the_insights_of_others_are_not_there(visitor: Visitor) -> None:
    stranger = User.objects.create_user("eve@example.com", "correct horse battery staple")
    insight = saved(visitor)
    Membership.objects.filter(user=visitor.user).delete()
    visitor.client.force_login(stranger)
    for page in ("", "/history", "/dashboards"):
        assert visitor.get(f"insights/{insight.short_id}{page}").status_code == 404
    assert do(visitor, insight, "delete").status_code == 404


@pytest.mark.parametrize("short_id", ["nothere1", "x", "12345678", "no-such"])
def test_an_unknown_insight_is_not_found(visitor: Visitor, short_id: str) -> None:
    assert visitor.get(f"insights/{short_id}").status_code == 404
    assert visitor.get(f"insights/{short_id}/dashboards").status_code == 404


def test_an_insight_without_an_editor_shows_its_answer(visitor: Visitor) -> None:
    visitor.send("paid")
    events = {"kind": "DataTableNode", "source": {"kind": "EventsQuery", "select": ["event"], "after": "-1d"}}
    insight = saved(visitor, query=None, name="Latest")
    Insight.objects.filter(pk=insight.pk).update(query=events)
    page = visitor.text(f"insights/{insight.short_id}")
    assert "<h1>Latest</h1>" in page
    assert "Save as new" not in page
    assert "paid" in page


def test_an_insight_of_the_old_form_opens_in_the_editor(visitor: Visitor) -> None:
    insight = saved(visitor, name="Old")
    filters = {"insight": "TRENDS", "events": [{"id": "paid", "type": "events"}], "date_from": "-14d"}
    Insight.objects.filter(pk=insight.pk).update(query=None, filters=filters)
    response = visitor.get(f"insights/{insight.short_id}")
    assert response.context["question"].query["series"][0]["event"] == "paid"
    assert not response.context["is_changed"]


# Dashboards


def test_an_insight_is_put_on_dashboards_and_taken_off(visitor: Visitor) -> None:
    insight, old, new = saved(visitor), _board(visitor, "Old"), _board(visitor, "New")
    place_insight(old, insight)
    dialog = visitor.text(f"insights/{insight.short_id}/dashboards")
    assert f'value="{old.pk}" checked' in dialog
    do(visitor, insight, "dashboards", dashboards=[new.pk], **{"new-dashboard": "Fresh"})
    on = Tile.objects.filter(insight=insight, deleted=False).values_list("dashboard__name", flat=True)
    assert set(on) == {"Fresh", "New"}


def test_dashboards_of_others_stay_as_they_are(visitor: Visitor) -> None:
    owner = User.objects.create_user("owner@example.com", "correct horse battery staple")
    theirs = _board(visitor, "Theirs", created_by=owner, restriction_level=RestrictionLevel.COLLABORATORS)
    mine, insight = _board(visitor, "Mine"), saved(visitor)
    Membership.objects.filter(user=visitor.user).update(level=Level.MEMBER)
    place_insight(theirs, insight)
    place_insight(mine, insight)
    assert "Theirs" not in visitor.text(f"insights/{insight.short_id}/dashboards")
    do(visitor, insight, "dashboards")
    on = Tile.objects.filter(insight=insight, deleted=False).values_list("dashboard__name", flat=True)
    assert list(on) == ["Theirs"]


def _board(visitor: Visitor, name: str, **fields: Any) -> Dashboard:
    return Dashboard.objects.create(project=visitor.project, name=name, **fields)


# Saving a question


def test_the_dialog_suggests_a_name(visitor: Visitor) -> None:
    fields = form_fields(visitor.text("insights/trends", q=json.dumps(TRENDS)), "question")
    dialog = visitor.client.get(f"/project/{visitor.project.pk}/insights/save", _grouped(fields))
    assert 'placeholder="Pageview count"' in dialog.content.decode()


def _save(visitor: Visitor, node: Any, **fields: Any) -> Any:
    text = node if isinstance(node, str) else json.dumps(node)
    return visitor.client.post(f"/project/{visitor.project.pk}/insights/save", {"node": text, **fields})


def test_a_question_is_saved_and_shown(visitor: Visitor) -> None:
    sent = {"save-name": "Views", "save-description": "All", "save-tags": "a, b"}
    response = _save(visitor, {"kind": "InsightVizNode", "source": TRENDS}, **sent)
    insight = Insight.objects.get(project=visitor.project)
    assert response.headers["Location"] == f"/project/{visitor.project.pk}/insights/{insight.short_id}"
    assert (insight.name, insight.derived_name, insight.description) == ("Views", "Pageview count", "All")
    assert insight.created_by == visitor.user
    assert insight.query == {"kind": "InsightVizNode", "source": TRENDS}
    assert "Views is saved." in visitor.text(f"insights/{insight.short_id}")


def test_without_a_name_it_is_called_what_it_asks(visitor: Visitor) -> None:
    _save(visitor, TRENDS, **{"save-name": "  "})
    insight = Insight.objects.get(project=visitor.project)
    assert insight.name is None
    assert "<h1>Pageview count</h1>" in visitor.text(f"insights/{insight.short_id}")


def test_a_question_asked_for_a_dashboard_goes_there(visitor: Visitor) -> None:
    board = _board(visitor, "Weekly")
    page = visitor.text("insights/trends", dashboard=board.pk)
    fields = form_fields(page, "question")
    assert ("dashboard", str(board.pk)) in fields
    edited = visitor.client.get(f"/project/{visitor.project.pk}/insights/trends", _grouped(fields))
    assert f"dashboard={board.pk}&" in edited.headers["Location"]
    dialog = visitor.client.get(f"/project/{visitor.project.pk}/insights/save", _grouped(fields)).content.decode()
    assert f'value="{board.pk}" checked' in dialog
    response = _save(visitor, TRENDS, dashboards=[board.pk], dashboard=board.pk)
    assert response.headers["Location"] == f"/project/{visitor.project.pk}/dashboard/{board.pk}"
    assert Tile.objects.get(dashboard=board).insight == Insight.objects.get(project=visitor.project)


@pytest.mark.parametrize(
    "node", ["", "x", "[]", "{}", '{"kind":"TrendsQuery"}', '{"kind":"Odd"}', '{"kind":"EventsNode"}']
)
def test_what_is_no_question_is_not_saved(visitor: Visitor, node: str) -> None:
    response = _save(visitor, node)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not Insight.objects.filter(project=visitor.project).exists()


# SQL


def test_sql_is_saved_and_opens_on_its_page(visitor: Visitor) -> None:
    visitor.send("paid")
    asked = {"as": "sql", "q": SQL["query"], "show": "bar"}
    dialog = visitor.client.get(f"/project/{visitor.project.pk}/insights/save", asked).content.decode()
    node = dict(form_fields(dialog, "save-form"))["node"]
    _save(visitor, node, **{"save-name": "By event"})
    insight = Insight.objects.get(project=visitor.project)
    assert insight.query == {"kind": "DataVisualizationNode", "display": "ActionsBar", "source": SQL}
    response = visitor.get(f"insights/{insight.short_id}")
    assert response.headers["Location"] == f"/project/{visitor.project.pk}/sql?insight={insight.short_id}"
    opened = visitor.get("sql", insight=insight.short_id)
    assert opened.context["query"] == SQL["query"]
    assert opened.context["shown_as"] == "bar"
    assert "<h1>By event</h1>" in opened.content.decode()
    assert InsightView.objects.filter(insight=insight, user=visitor.user).exists()


def test_changed_sql_is_saved_in_its_place(visitor: Visitor) -> None:
    node = {"kind": "DataVisualizationNode", "source": {**SQL, "variables": {}}, "chartSettings": {"x": 1}}
    insight = saved(visitor, name=None)
    Insight.objects.filter(pk=insight.pk).update(query=node)
    page = visitor.text("sql", insight=insight.short_id, q="SELECT 2")
    assert "Not saved." in page
    do(visitor, insight, "save", **{"as": "sql", "q": "SELECT 2", "show": "table"})
    again = Insight.objects.get(pk=insight.pk)
    assert query_of(insight)["source"] == {**SQL, "variables": {}, "query": "SELECT 2"}
    assert query_of(insight)["chartSettings"] == {"x": 1}
    assert again.derived_name == "SELECT 2"
    assert "Not saved." not in visitor.text("sql", insight=insight.short_id)


# Names and sameness


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (
            {**TRENDS, "breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"}},
            "Pageview count by browser",
        ),
        ({"kind": "TrendsQuery", "series": [VIEWS, {**PAID, "math": "dau"}]}, "Pageview count and paid unique people"),
        (
            {"kind": "TrendsQuery", "series": [{**PAID, "math": "sum", "math_property": "amount"}]},
            "Sum of amount in paid",
        ),
        (
            {"kind": "TrendsQuery", "series": [VIEWS, PAID], "trendsFilter": {"formulaNodes": [{"formula": "B / A"}]}},
            "B / A of Pageview count and paid count",
        ),
        ({"kind": "TrendsQuery", "series": [PAID] * 6}, "paid count, paid count, paid count, paid count and 2 more"),
        ({"kind": "FunnelsQuery", "series": [VIEWS, PAID]}, "Conversion Pageview → paid"),
        ({"kind": "LifecycleQuery", "series": [PAID]}, "Lifecycle of paid"),
        ({"kind": "StickinessQuery", "series": [VIEWS, PAID]}, "Stickiness of Pageview and paid"),
        (
            {"kind": "PathsQuery", "pathsFilter": {"startPoint": "/home", "endPoint": "paid"}},
            "Paths from /home to paid",
        ),
        (
            {"kind": "RetentionQuery", "retentionFilter": {"targetEntity": {"id": "paid", "type": "events"}}},
            "Retention from paid to Pageview",
        ),
        ({"kind": "HogQLQuery", "query": "SELECT  1\nFROM events"}, "SELECT 1 FROM events"),
        ({"kind": "EventsQuery", "select": ["event"]}, "Query"),
    ],
)
def test_a_question_is_called_what_it_asks(visitor: Visitor, query: dict[str, Any], name: str) -> None:
    assert derived_name({"kind": "InsightVizNode", "source": query}, Choices(visitor.project)) == name


def test_questions_are_the_same_whatever_goes_without_saying() -> None:
    assert is_same(TRENDS, {**TRENDS, "properties": [], "filterTestAccounts": False, "interval": "day"})
    assert not is_same(TRENDS, {**TRENDS, "interval": "week"})
    assert not is_same(TRENDS, {**TRENDS, "series": [PAID]})
    assert not is_same(TRENDS, {"kind": "LifecycleQuery", "series": [VIEWS]})
