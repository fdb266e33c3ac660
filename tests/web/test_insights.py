"""Insights: the address holds the question, the page holds an editor, a chart and a table with the answer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.taxonomy.models import PropertyDefinition
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.question import typed_question
from tests.web.form_fields import changed, form_fields
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

NOON = datetime.now(UTC).replace(hour=0, minute=1)
KINDS = ["trends", "funnels", "retention", "paths", "stickiness", "lifecycle"]
WEEK = {"date_from": "-7d"}


def event(name: str | None, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": name, **more}


def trends(*series: dict[str, Any], display: str = "ActionsLineGraph", **more: Any) -> dict[str, Any]:
    looks = {"display": display, **more.pop("looks", {})}
    return {"kind": "TrendsQuery", "series": list(series), "dateRange": WEEK, "trendsFilter": looks, **more}


RICH: dict[str, dict[str, Any]] = {
    "trends": trends(
        event("paid", math="sum", math_property="amount", math_property_type="event_properties"),
        event(
            "paid",
            math="dau",
            custom_name="Payers",
            properties=[{"type": "event", "key": "plan", "operator": "exact", "value": ["Grove", "a, b"]}],
        ),
        event(None, math="unique_group", math_group_type_index=0),
        event("paid", math="hogql", math_hogql="count() + 1", math_multiplier=2),
        interval="week",
        properties={
            "type": "OR",
            "values": [
                {
                    "type": "OR",
                    "values": [
                        {"type": "person", "key": "role", "operator": "is_set"},
                        {"type": "hogql", "key": "properties.amount > 1"},
                        {"type": "event", "key": "amount", "operator": "between", "value": [1, 2.5]},
                    ],
                }
            ],
        },
        filterTestAccounts=True,
        breakdownFilter={
            "breakdowns": [
                {"property": "plan", "type": "event"},
                {"property": "amount", "type": "event", "histogram_bin_count": 3},
                {"property": "upper(event)", "type": "hogql"},
            ],
            "breakdown_limit": 4,
            "breakdown_hide_other_aggregation": True,
        },
        compareFilter={"compare": True, "compare_to": "-1m"},
        looks={
            "smoothingIntervals": 3,
            "formulaNodes": [{"formula": "A / B", "custom_name": "Each"}],
            "showLegend": True,
        },
    ),
    "funnels": {
        "kind": "FunnelsQuery",
        "series": [
            event("seen", math="first_time_for_user"),
            event("paid", math="total", optionalInFunnel=True),
            event("done", math="total"),
        ],
        "dateRange": {"date_from": "2026-01-01", "date_to": "2026-02-01"},
        "interval": "day",
        "properties": [],
        "filterTestAccounts": False,
        "breakdownFilter": {"breakdowns": [{"property": "plan", "type": "person"}], "breakdown_limit": 3},
        "funnelsFilter": {
            "funnelVizType": "steps",
            "funnelOrderType": "strict",
            "funnelWindowInterval": 3,
            "funnelWindowIntervalUnit": "hour",
            "funnelStepReference": "previous",
            "breakdownAttributionType": "step",
            "breakdownAttributionValue": 1,
            "layout": "vertical",
            "exclusions": [{**event("left"), "funnelFromStep": 0, "funnelToStep": 1}],
        },
    },
    "retention": {
        "kind": "RetentionQuery",
        "retentionFilter": {
            "targetEntity": {
                "id": "seen",
                "type": "events",
                "properties": [{"type": "event", "key": "plan", "operator": "is_set"}],
            },
            "returningEntity": {"id": "paid", "type": "events"},
            "retentionType": "retention_first_time",
            "retentionReference": "previous",
            "meanRetentionCalculation": "weighted",
            "period": "Week",
            "totalIntervals": 5,
            "minimumOccurrences": 2,
            "cumulative": True,
            "retentionCustomBrackets": [1, 2],
        },
        "properties": [],
        "filterTestAccounts": True,
        "breakdownFilter": {"breakdowns": [{"property": "plan", "type": "event"}], "breakdown_limit": 7},
    },
    "paths": {
        "kind": "PathsQuery",
        "dateRange": {"date_from": "-14d", "date_to": None},
        "properties": [{"type": "event", "key": "plan", "operator": "icontains", "value": "Gro"}],
        "filterTestAccounts": False,
        "pathsFilter": {
            "includeEventTypes": ["$pageview", "hogql"],
            "pathsHogQLExpression": "event",
            "startPoint": "/a",
            "endPoint": "/b",
            "excludeEvents": ["/x", "/y, z"],
            "pathGroupings": ["/p/*"],
            "stepLimit": 4,
            "edgeLimit": 12,
            "minEdgeWeight": 1,
            "maxEdgeWeight": 9,
            "pathReplacements": True,
            "showFullUrls": True,
        },
    },
    "stickiness": {
        "kind": "StickinessQuery",
        "series": [event("paid"), event("seen", math="unique_group", math_group_type_index=0)],
        "dateRange": {"date_from": "-14d", "date_to": None},
        "interval": "week",
        "properties": [],
        "filterTestAccounts": False,
        "compareFilter": {"compare": True},
        "stickinessFilter": {
            "computedAs": "cumulative",
            "display": "ActionsLineGraph",
            "stickinessCriteria": {"operator": "exact", "value": 2},
        },
    },
    "lifecycle": {
        "kind": "LifecycleQuery",
        "series": [event("paid", custom_name="Payment")],
        "dateRange": {"date_from": "-28d", "date_to": None},
        "interval": "week",
        "properties": [],
        "filterTestAccounts": False,
        "aggregation_group_type_index": 0,
        "lifecycleFilter": {"toggledLifecycles": ["new", "dormant"], "stacked": False},
    },
}


def without_nothing(value: Any) -> Any:
    """A query without what says nothing: nulls, empty lists and false."""
    if isinstance(value, dict):
        kept = {key: without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each is not None and each is not False and each != []}
    return [without_nothing(each) for each in value] if isinstance(value, list) else value


def lines(visitor: Visitor, kind: str, query: dict[str, Any], table: int = 0) -> dict[str, list[str]]:
    """The rows of a table by name."""
    response = visitor.ask(kind, query)
    assert response.context["problem"] == "", response.context["problem"]
    return {line.name: [cell.text for cell in line.cells] for line in response.context["shown"].tables[table].lines}


@pytest.fixture
def company(visitor: Visitor) -> None:
    GroupTypeMapping.objects.create(project=visitor.project, group_type="company", group_type_index=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_without_events_says_what_to_do(visitor: Visitor, kind: str) -> None:
    page = visitor.text(f"insights/{kind}")
    assert "No events yet" in page and "Connect an SDK" in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_without_such_events_says_so(visitor: Visitor, kind: str) -> None:
    visitor.send("paid", at=NOON - timedelta(days=400))
    page = visitor.text(f"insights/{kind}")
    assert "Nothing in this time" in page and "Connect an SDK" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_the_editor_sends_back_the_question_it_was_filled_from(visitor: Visitor, company: None, kind: str) -> None:
    page = visitor.ask(kind, RICH[kind])
    assert page.context["question"].problem == "", page.context["question"].problem
    fields = form_fields(page.content.decode(), "question")
    assert without_nothing(visitor.edit(kind, fields)) == without_nothing(RICH[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_rich_question_can_be_answered(visitor: Visitor, company: None, kind: str) -> None:
    query = RICH[kind]
    if kind == "funnels":
        query = {**query, "breakdownFilter": None}
    if kind == "lifecycle":
        query = {**query, "aggregation_group_type_index": None}
    assert visitor.ask(kind, query).context["problem"] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_the_question_without_an_address_can_be_edited(visitor: Visitor, kind: str) -> None:
    visitor.send("$pageview", at=NOON)
    page = visitor.get(f"insights/{kind}")
    fields = form_fields(page.content.decode(), "question")
    assert page.context["problem"] == ""
    again = visitor.ask(kind, visitor.edit(kind, fields))
    assert again.context["shown"].tables == page.context["shown"].tables


@pytest.mark.parametrize("kind", KINDS)
def test_tabs_carry_the_common_parts_over(visitor: Visitor, company: None, kind: str) -> None:
    page = visitor.ask(kind, RICH[kind])
    assert [each.slug for each, _ in page.context["tabs"]] == KINDS
    for insight, address in page.context["tabs"]:
        query = json.loads(parse_qs(urlsplit(address).query)["q"][0])
        question = typed_question(insight, json.dumps(query), Choices(visitor.project))
        assert question.problem == "" and question.insight is insight
        assert query["filterTestAccounts"] == RICH[kind]["filterTestAccounts"]
        if "dateRange" in RICH[kind]:
            assert query["dateRange"]["date_from"] == RICH[kind]["dateRange"]["date_from"]


def test_a_query_of_another_kind_opens_its_own_page(visitor: Visitor) -> None:
    response = visitor.ask("trends", {"kind": "InsightVizNode", "source": RICH["paths"]})
    assert response.status_code == 302
    assert f"/project/{visitor.project.pk}/insights/paths?" in response.headers["Location"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "This is not JSON"),
        ("[]", "query"),
        ('{"kind": "TrendsQuery"}', "series"),
        ('{"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "math": "explode"}]}', "math"),
        ('{"kind": "HogQLQuery", "query": "select 1"}', "There is no page for the kind HogQLQuery."),
        ('{"kind": "InsightVizNode"}', "source"),
    ],
)
def test_a_query_that_cannot_be_read_is_told_beside_it(visitor: Visitor, text: str, told: str) -> None:
    response = visitor.get("insights/trends", q=text)
    page = response.content.decode()
    assert response.status_code == 200 and told in response.context["problem"]
    assert "This question cannot be answered." in page and 'aria-invalid="true"' in page
    assert dict(form_fields(page, "question"))["base"]


def test_an_error_of_the_answer_is_told_in_its_place(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON)
    query = {"kind": "FunnelsQuery", "series": [event("paid"), event("seen")], "funnelsFilter": {"funnelFromStep": 5}}
    response = visitor.ask("funnels", query)
    assert "funnelFromStep is out of bounds" in response.context["problem"]


def test_the_old_address_of_trends_leads_to_the_same_question(visitor: Visitor) -> None:
    visitor.send("paid", amount=2.5, plan="Grove", at=NOON)
    old = {"event": "paid", "math": "sum", "of": "amount", "breakdown": "event:plan", "range": "custom"}
    more = {"from": "2026-01-01", "to": "2026-02-01", "interval": "week", "display": "ActionsBar", "compare": "on"}
    opened = visitor.client.get(f"/project/{visitor.project.pk}/trends", {**old, **more}, follow=True)
    query = opened.context["question"].query
    assert query["series"] == [event("paid", math="sum", math_property="amount", math_property_type="event_properties")]
    assert query["breakdownFilter"]["breakdowns"] == [{"property": "plan", "type": "event"}]
    assert query["dateRange"] == {"date_from": "2026-01-01", "date_to": "2026-02-01"}
    assert (query["interval"], query["compareFilter"]) == ("week", {"compare": True})
    assert query["trendsFilter"]["display"] == "ActionsBar"


SENSELESS: list[dict[str, Any]] = [
    {"math": "explode", "interval": "eon", "display": "Hologram", "range": "forever", "breakdown": "nonsense"},
    {"event": "'); drop table events; --", "breakdown": "event:' or 1=1"},
    {"drop": "x", "add": "series", "event": ["a"] * 50},
    {"range": "custom", "from": "2026-01-05", "to": "2026-01-01"},
    {"owner": ["all", "7"], "property": ["group-9:name", ""], "operator": ["wild"], "value": ['"'], "base": "{}"},
    {"base": "nonsense", "event": "action:7", "smoothing": "-1", "formula": "A +", "limit": "many"},
    {"window": "99999999999", "steps": "x", "intervals": "0", "brackets": "a,-1,3", "times": "-4"},
    {"exclusion": "x", "exclusion-from": "9", "exclusion-to": "z", "add": "exclusion"},
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_senseless_address_becomes_a_question_that_can_be_read(visitor: Visitor, kind: str) -> None:
    for fields in SENSELESS:
        query = visitor.edit(kind, [(name, each) for name, value in fields.items() for each in listed(value)])
        # Whether it can be answered is another matter: a group type that does not exist cannot.
        assert visitor.ask(kind, query).status_code == 200


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_an_unknown_kind_has_no_page(visitor: Visitor) -> None:
    assert visitor.get("insights/astrology").status_code == 404


def test_rows_are_added_and_dropped(visitor: Visitor) -> None:
    first = visitor.ask("trends", trends(event("one", math="dau"), event("two", math="total")))
    fields = form_fields(first.content.decode(), "question")
    added = visitor.edit("trends", [*fields, ("add", "series")])
    assert [node["event"] for node in added["series"]] == ["one", "two", None]
    filtered = visitor.edit("trends", [*fields, ("add", "filter:1")])
    assert [node.get("properties") for node in filtered["series"]] == [None, [{"type": "event"}]]
    assert [node["event"] for node in visitor.edit("trends", [*fields, ("drop", "series:0")])["series"]] == ["two"]
    formulas = visitor.edit("trends", [*fields, ("add", "formula")])["trendsFilter"]["formulaNodes"]
    assert formulas == [{"formula": "A", "custom_name": None}]


def test_filters_of_a_dropped_series_go_with_it(visitor: Visitor) -> None:
    def only(plan: str) -> list[dict[str, Any]]:
        return [{"type": "event", "key": "plan", "operator": "exact", "value": [plan]}]

    query = trends(event("one", math="total", properties=only("a")), event("two", math="total", properties=only("b")))
    fields = form_fields(visitor.ask("trends", query).content.decode(), "question")
    (left,) = visitor.edit("trends", [*fields, ("drop", "series:0")])["series"]
    assert (left["event"], left["properties"]) == ("two", only("b"))


def test_nested_filters_and_joined_series_stay_as_they_are(visitor: Visitor) -> None:
    visitor.send("one", at=NOON)
    nested = {
        "type": "AND",
        "values": [
            {"type": "OR", "values": [{"type": "event", "key": "a", "operator": "is_not_set"}]},
            {"type": "OR", "values": [{"type": "event", "key": "b", "operator": "is_not_set"}]},
        ],
    }
    joined = {"kind": "GroupNode", "operator": "OR", "nodes": [event("one"), event("two")], "math": "total"}
    query = trends(joined, properties=nested)
    page = visitor.ask("trends", query)
    assert "one or two" in page.content.decode()
    written = visitor.edit("trends", form_fields(page.content.decode(), "question"))
    assert written["properties"] == nested and written["series"][0]["nodes"] == joined["nodes"]


@pytest.mark.parametrize("breakdown", ["event:plan", "person:plan", "group-0:plan", "session:$channel_type"])
def test_what_was_chosen_stays_chosen_before_it_is_known(visitor: Visitor, company: None, breakdown: str) -> None:
    fields = [("event", "paid"), ("math", "sum"), ("of", "event:amount"), ("breakdown", breakdown)]
    page = visitor.ask("trends", visitor.edit("trends", fields)).content.decode()
    for chosen in (breakdown, "paid", "event:amount"):
        assert f'<option value="{chosen}" selected>' in page


def test_actions_are_offered_and_counted(visitor: Visitor) -> None:
    steps = [{"event": "paid"}]
    action = Action.objects.create(project=visitor.project, name="Any payment", steps=steps)
    visitor.send("paid", at=NOON)
    fields = form_fields(visitor.text("insights/trends"), "question")
    query = visitor.edit("trends", changed(changed(fields, "event", f"action:{action.pk}"), "range", "7d"))
    assert query["series"] == [{"kind": "ActionsNode", "id": action.pk, "name": "Any payment", "math": "total"}]
    assert lines(visitor, "trends", query)["Any payment"][-1] == "1"


def test_cohorts_are_offered_and_counted(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON)
    cohort = Cohort.objects.create(project=visitor.project, name="Payers", is_static=True)
    filtered = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "paid"}], "properties": [{}]}
    page = visitor.text("insights/trends", q=json.dumps(filtered))
    assert '<option value="cohort:id" >Cohort</option>' in page
    assert f'<option value="cohort:{cohort.pk}" >Payers</option>' in page
    offered = visitor.text("insights/values", property="cohort:id")
    assert offered.strip() == f'<option value="{cohort.pk}">Payers</option>'
    by_cohort = {**filtered, "breakdownFilter": {"breakdown": ["all", cohort.pk], "breakdown_type": "cohort"}}
    assert {name: values[-1] for name, values in lines(visitor, "trends", by_cohort).items()} == {
        "all users": "1",
        "Payers": "0",
    }


def test_values_of_a_property_are_suggested(visitor: Visitor) -> None:
    for plan in ("Grove", "Grove", 'Fr"ee<'):
        visitor.send("paid", plan=plan, at=NOON)
    found = visitor.text("insights/values", property="event:plan")
    assert found.strip() == '<option value="Grove"></option><option value="Fr&quot;ee&lt;"></option>'
    assert visitor.text("insights/values", property="hogql:event").strip() == ""
    assert visitor.text("insights/values").strip() == ""


def test_one_more_choice_is_asked_for(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON)
    for query in (trends(event("paid", math="sum")), trends(event("paid", math="hogql"))):
        assert "One more choice" in visitor.ask("trends", query).content.decode()
    days = visitor.edit("trends", [("event", "paid"), ("range", "custom")])
    assert "Choose the first day." in visitor.ask("trends", days).content.decode()
    funnel = {"kind": "FunnelsQuery", "series": [event("paid")]}
    assert "at least two steps" in visitor.ask("funnels", funnel).content.decode()


def test_series_of_the_same_event_are_told_apart(visitor: Visitor) -> None:
    visitor.send("paid", amount=10, plan="Grove", at=NOON)
    amount = {"math": "sum", "math_property": "amount"}
    query = trends(event("paid"), event("paid", math="dau"), event("paid", **amount), event("paid"), event(None))
    shown = visitor.ask("trends", query).context["shown"]
    names = [line.name for line in shown.tables[0].lines]
    assert len(set(names)) == 5 and names[1] == "paid · Unique people" and names[2] == "paid · Sum of amount"
    assert names[4] == "All events"
    assert {row["series"] for row in shown.specification["data"]["values"]} == set(names)


def test_the_zone_of_the_times_is_stated(visitor: Visitor) -> None:
    visitor.project.timezone = "Europe/Lisbon"
    visitor.project.save()
    visitor.send("$pageview", at=NOON)
    assert "Dates and times are in Europe/Lisbon." in visitor.text("insights/trends")


def test_known_properties_are_offered(visitor: Visitor, company: None) -> None:
    PropertyDefinition.objects.create(project=visitor.project, name="role", type="person")
    PropertyDefinition.objects.create(project=visitor.project, name="size", type="group", group_type_index=0)
    page = visitor.ask("trends", trends(event(None), properties=[{"type": "event"}])).content.decode()
    for offered in ("person:role", "group-0:size", "session:$session_duration", "element:text", "hogql:"):
        assert f'<option value="{offered}"' in page
