"""`matchesAction` in HogQL: over which table, in which places, and what is wrong with it."""

import pytest

from tests.actions.making import change_action, make_action
from tests.queries.asking import Api

PAID = {"event": "paid", "properties": [{"key": "plan", "value": "pro"}]}


@pytest.fixture
def paid(api: Api) -> int:
    """The action of three stored events' first."""
    api.store_events(
        [
            {"event": "paid", "distinct_id": "ann", "properties": {"plan": "pro"}},
            {"event": "paid", "distinct_id": "bob", "properties": {"plan": "free"}},
            {"event": "seen", "distinct_id": "ann", "properties": {"plan": "pro"}},
        ]
    )
    return make_action(api, "Paid: it's good", PAID)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select distinct_id from events where matchesAction({action})", [["ann"]]),
        ("select matchesAction({action}), count() from events group by 1 order by 1", [[False, 2], [True, 1]]),
        ("select distinct_id from events as e where not matchesAction({action}) order by 1", [["ann"], ["bob"]]),
        ("select countIf(matchesAction({action})) from events", [[1]]),
        ("select 'x' as event, distinct_id from events where matchesAction({action})", [["x", "ann"]]),
        ("select count() from (select event from events where matchesAction({action}))", [[1]]),
        ("with p as (select event from events where matchesAction({action})) select count() from p", [[1]]),
        (
            "select e.event, f.event from events e join events f on e.distinct_id = f.distinct_id"
            " where matchesAction({action}) order by f.event",
            [["paid", "paid"], ["paid", "seen"]],
        ),
        (
            "select f.event from (select 'ann' as id) a join events f on f.distinct_id = a.id"
            " where matchesAction({action})",
            [["paid"]],
        ),
        ("select if(matchesAction({action}), 'yes', 'no') as m from events group by m order by m", [["no"], ["yes"]]),
    ],
)
def test_where_it_can_stand(api: Api, paid: int, query: str, rows: list[list[object]]) -> None:
    for action in (paid, "Paid: it's good"):
        assert api.rows(query, values={"action": action}) == rows


def test_it_counts_in_insights_and_filters(api: Api, paid: int) -> None:
    text = f"matchesAction({paid})"
    node = {"kind": "EventsNode", "event": None}
    by_maths = {**node, "math": "hogql", "math_hogql": f"countIf({text})"}
    by_filter = {**node, "properties": [{"key": text, "type": "hogql"}]}
    query = {"kind": "TrendsQuery", "series": [by_maths, by_filter]}
    assert [each["count"] for each in api.answer(query)["results"]] == [1, 1]
    broken_down = {"breakdown": text, "breakdown_type": "hogql"}
    results = api.answer({"kind": "TrendsQuery", "series": [node], "breakdownFilter": broken_down})["results"]
    assert [(each["breakdown_value"], each["count"]) for each in results] == [("false", 2), ("true", 1)]
    listing = {"kind": "EventsQuery", "select": ["distinct_id", text], "where": [text]}
    assert api.answer(listing)["results"] == [["ann", True]]


def test_filters_on_elements_and_persons_inside_an_action(api: Api) -> None:
    api.store_event("$autocapture", "ann", elements_chain='a:href="/x"text="Go"')
    api.store_event("$autocapture", "bob", elements_chain='a:href="/x"text="Stay"')
    whose = {"key": "distinct_id", "value": "ann", "type": "person", "operator": "is_not"}
    text = {"key": "text", "value": "Go", "type": "element"}
    make_action(api, "Go", {"event": "$autocapture", "text": "Go", "properties": [whose, text]})
    joined = "select e.distinct_id from events e join events f on e.uuid = f.uuid where matchesAction('Go')"
    assert api.rows(joined) == [["ann"]]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("select matchesAction('Refunded') from events", "Action 'Refunded' does not exist"),
        ("select matchesAction(0) from events", "Action 0 does not exist"),
        ("select matchesAction(event) from events", "matchesAction takes the id or the name of an action."),
        ("select matchesAction(true) from events", "matchesAction takes the id or the name of an action."),
        ("select matchesAction() from events", "Function 'matchesAction' expects 1 argument, found 0"),
        ("select id from persons where matchesAction('Paid')", "matchesAction needs the table events in FROM."),
        ("select 1 from (select event from events) where matchesAction('Paid')", "needs the table events"),
    ],
)
def test_what_cannot_be_asked(api: Api, query: str, detail: str) -> None:
    make_action(api, "Paid", PAID)
    fault = api.fault(query)
    assert (fault["type"], fault["code"]) == ("validation_error", "invalid_input")
    assert detail in fault["detail"]


def test_an_action_may_ask_for_another_but_not_for_itself(api: Api, paid: int) -> None:
    def asking(name: str) -> dict[str, object]:
        return {"properties": [{"key": f"matchesAction('{name}')", "type": "hogql"}]}

    id = make_action(api, "Once removed", {"properties": [{"key": f"matchesAction({paid})", "type": "hogql"}]})
    assert api.rows("select count() from events where matchesAction('Once removed')") == [[1]]
    make_action(api, "Twice removed", asking("Once removed"))
    change_action(api, id, steps=[asking("Twice removed")])
    fault = api.fault("select count() from events where matchesAction('Once removed')")
    assert fault["detail"] == "Action 'Once removed' asks for itself in its filters."
    trend = {"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": id}]}
    assert "asks for itself" in api.fault(trend)["detail"]


def test_actions_that_multiply_are_refused(api: Api) -> None:
    make_action(api, "0", {"event": "paid"})
    for number in range(1, 12):
        name = f"matchesAction('{number - 1}')"
        make_action(api, str(number), *[{"properties": [{"key": name, "type": "hogql"}]}] * 2)
    assert api.rows("select count() from events where matchesAction('5')") == [[0]]
    assert "more than 300 actions" in api.fault("select count() from events where matchesAction('11')")["detail"]


def test_a_filter_that_cannot_be_is_told_with_the_name_of_the_action(api: Api) -> None:
    between = {"key": "sum", "operator": "between", "value": [2]}
    make_action(api, "Between", {"properties": [between]})
    detail = api.fault("select matchesAction('Between') from events")["detail"]
    assert detail == "Action 'Between': between operator requires a two-element array [min, max]"


def test_editors_are_told_as_well(api: Api, paid: int) -> None:
    def metadata(query: str, language: str = "hogQL") -> dict[str, object]:
        return api.answer({"kind": "HogQLMetadata", "language": language, "query": query})

    assert metadata(f"select 1 from events where matchesAction({paid})")["isValid"] is True
    assert metadata(f"matchesAction({paid})", "hogQLExpr")["isValid"] is True
    unknown = metadata("select 1 from events where matchesAction('x')")
    assert unknown["errors"] == [{"message": "Action 'x' does not exist", "start": 41, "end": 44, "fix": None}]
