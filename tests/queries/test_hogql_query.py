"""HogQLQuery through the endpoint."""

from datetime import UTC, datetime, timedelta

import pytest

from hedgerow.taxonomy.inference import infer_properties
from hedgerow.taxonomy.models import PropertyDefinition
from tests.queries.asking import Api

NOON = datetime(2024, 11, 5, 12, tzinfo=UTC)


def test_an_answer_has_rows_columns_types_and_what_every_answer_has(api: Api) -> None:
    api.project.timezone = "America/New_York"
    api.project.save()
    answer = api.answer({"kind": "HogQLQuery", "query": "select 1 as a, 'x' as b"})
    assert answer["results"] == [[1, "x"]]
    assert answer["columns"] == ["a", "b"]
    assert [name for name, _ in answer["types"]] == ["a", "b"]
    assert answer["types"][1] == ["b", "String"]
    assert answer["query"] == "select 1 as a, 'x' as b"
    assert answer["hogql"].startswith("SELECT")
    assert answer["clickhouse"] is None
    assert answer["is_cached"] is False
    assert answer["timezone"] == "America/New_York"
    assert answer["cache_key"].startswith("cache_")
    assert answer["timings"] is None
    assert answer["modifiers"] == {}
    assert answer["query_status"] is None
    assert answer["error"] is None
    refreshed = datetime.fromisoformat(answer["last_refresh"])
    assert datetime.fromisoformat(answer["next_allowed_client_refresh"]) == refreshed + timedelta(minutes=1)
    assert datetime.fromisoformat(answer["cache_target_age"]) == refreshed + timedelta(hours=6)


def test_both_names_of_a_project_and_a_missing_slash_lead_to_the_endpoint(api: Api) -> None:
    from django.test import Client

    for path in ("projects", "environments"):
        for end in ("query/", "query", "query/HogQLQuery/", "query/HogQLQuery"):
            response = Client().post(
                f"/api/{path}/{api.project.pk}/{end}",
                {"query": {"kind": "HogQLQuery", "query": "select 1"}},
                content_type="application/json",
                headers={"Authorization": f"Bearer {api.key}"},
            )
            assert response.status_code == 200, (path, end, response.content)
            assert response.json()["results"] == [[1]]


def test_the_kind_in_the_path_must_be_the_kind_of_the_query(api: Api) -> None:
    response = api.send("POST", "query/EventsQuery/", {"query": {"kind": "HogQLQuery", "query": "select 1"}})
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


def test_a_query_without_limit_gives_a_hundred_rows_and_says_whether_there_are_more(api: Api) -> None:
    api.store_events([{"event": f"event {number}"} for number in range(150)])
    answer = api.hogql("select event from events")
    assert len(answer["results"]) == 100
    assert (answer["limit"], answer["offset"], answer["hasMore"]) == (100, 0, True)
    answer = api.hogql("select event from events limit 120")
    assert len(answer["results"]) == 120
    assert (answer["limit"], answer["offset"], answer["hasMore"]) == (None, None, None)
    answer = api.hogql("select event from events where event = 'event 7'")
    assert len(answer["results"]) == 1
    assert answer["hasMore"] is False


def test_a_limit_beyond_the_most_rows_is_lowered_and_said(api: Api) -> None:
    answer = api.hogql("select number from numbers(60000) limit 60000")
    assert len(answer["results"]) == 50_000
    assert answer["hasMore"] is True
    assert answer["warnings"]
    answer = api.hogql("select 1 union all select 2")
    assert sorted(answer["results"]) == [[1], [2]]
    assert answer["limit"] is None


def test_values_are_data_whatever_they_contain(api: Api) -> None:
    api.store_event("o'; drop")
    api.store_event("it's {x} \\ -- /* `\"")
    for value in ("o'; drop", "it's {x} \\ -- /* `\""):
        assert api.rows("select count() from events where event = {n}", values={"n": value}) == [[1]]
    assert api.rows("select count() from events where event = {n}", values={"n": "' or 1=1 --"}) == [[0]]
    assert api.rows("select {a}, {b.c}, {d}, {e}", values={"a": 1, "b": {"c": "x"}, "d": None, "e": True}) == [
        [1, "x", None, True]
    ]
    assert api.rows("select count() from events where event in {names}", values={"names": ["o'; drop", "y"]}) == [[1]]
    for value in ("\0", "a\nb\tc\\n", "ü€😀", "{a}", "%s", "x" * 100_000, -(2**63), 2**64 - 1, 1e300, 0.1):
        assert api.rows("select {n}", values={"n": value}) == [[value]]
    fault = api.fault({"kind": "HogQLQuery", "query": "select {missing}", "values": {}})
    assert (fault["type"], fault["code"]) == ("validation_error", "invalid_input")
    assert "missing" in fault["detail"]
    assert fault["extra"] == {"start": 7, "end": 16}


def test_variables(api: Api) -> None:
    variables = {
        "id-1": {"variableId": "id-1", "code_name": "plan", "value": "pro"},
        "id-2": {"variableId": "id-2", "code_name": "size", "value": 5, "isNull": True},
    }
    query = {"kind": "HogQLQuery", "query": "select {variables.plan}, {variables.size}", "variables": variables}
    assert api.answer(query)["results"] == [["pro", None]]
    override = {"id-1": {"variableId": "id-1", "code_name": "plan", "value": "free"}, "id-3": {"code_name": "x"}}
    assert api.answer(query, variables_override=override)["results"] == [["free", None]]
    assert "plan" in api.fault({**query, "variables": {}})["detail"]


def test_values_of_each_type_in_the_projects_time_zone(api: Api) -> None:
    api.project.timezone = "Asia/Kolkata"
    api.project.save()
    api.store_event("a", at=datetime(2024, 11, 5, 20, 0, 0, 5, UTC), properties={"n": 1.5, "deep": {"x": [1]}})
    answer = api.hogql(
        "select timestamp, toDate(timestamp), uuid, properties, properties.n, 1/0, tuple(1, 'a'), [timestamp],"
        " map('a', 1), true, toStartOfDay(timestamp) from events"
    )
    (row,) = answer["results"]
    assert row[0] == "2024-11-06T01:30:00.000005+05:30"
    assert row[1] == "2024-11-06"
    assert len(row[2]) == 36
    assert row[3] == '{"n": 1.5, "deep": {"x": [1]}}'
    assert row[5] is None
    assert row[6] == [1, "a"]
    assert row[7] == ["2024-11-06T01:30:00.000005+05:30"]
    assert row[8] == {"a": 1}
    assert row[9] is True
    assert row[10] == "2024-11-06T00:00:00+05:30"


def test_debugging_shows_the_sql_and_tells_errors_in_the_answer(api: Api) -> None:
    query = {"kind": "HogQLQuery", "query": "select 'secret' as x", "explain": True, "modifiers": {"timings": True}}
    answer = api.answer(query)
    assert "SELECT" in answer["clickhouse"]
    assert "secret" not in answer["clickhouse"]
    assert answer["explain"]
    assert {"k", "t"} == set(answer["timings"][0])
    assert answer["modifiers"] == {"timings": True}
    answer = api.answer({"kind": "HogQLQuery", "query": "select foo", "modifiers": {"debug": True}})
    assert "foo" in answer["error"]
    assert answer["results"] == []


class TestFilters:
    """What `{filters}` stands for."""

    @pytest.fixture(autouse=True)
    def events(self, api: Api) -> None:
        api.project.test_account_filters = [{"key": "email", "type": "person", "value": "@acme", "operator": "is_not"}]
        api.project.save()
        for day in range(4):
            for plan in ("pro", "free"):
                api.store_event("buy", at=NOON - timedelta(days=day), properties={"plan": plan})

    def count(self, api: Api, filters: object, text: str = "select count() from events where {filters}") -> object:
        return api.rows(text, filters=filters)[0][0]

    def test_dates_and_properties_narrow_the_events(self, api: Api) -> None:
        assert self.count(api, None) == 8
        assert self.count(api, {}) == 8
        assert self.count(api, {"dateRange": {"date_from": "2024-11-04"}}) == 4
        assert self.count(api, {"dateRange": {"date_from": "2024-11-03", "date_to": "2024-11-04"}}) == 4
        assert self.count(api, {"dateRange": {"date_to": "2024-11-04T11:00:00"}}) == 4
        assert self.count(api, {"dateRange": {"date_from": "all"}}) == 8
        pro = [{"key": "plan", "type": "event", "value": "pro", "operator": "exact"}]
        assert self.count(api, {"dateRange": {"date_from": "2024-11-04"}, "properties": pro}) == 2
        hostile = [{"key": "plan", "type": "event", "value": "x') OR 1=1 --", "operator": "exact"}]
        assert self.count(api, {"properties": hostile}) == 0

    def test_the_same_dates_count_the_same_as_in_trends(self, api: Api) -> None:
        dates = {"date_from": "2024-11-03", "date_to": "2024-11-04"}
        pro = [{"key": "plan", "type": "event", "value": "pro", "operator": "exact"}]
        trends = api.answer(
            {
                "kind": "TrendsQuery",
                "series": [{"kind": "EventsNode", "event": "buy"}],
                "dateRange": dates,
                "properties": pro,
            }
        )
        assert trends["results"][0]["count"] == self.count(api, {"dateRange": dates, "properties": pro}) == 2

    def test_an_alias_and_a_join_do_not_matter(self, api: Api) -> None:
        dates = {"dateRange": {"date_from": "2024-11-04"}}
        assert self.count(api, dates, "select count() from events as e where {filters}") == 4
        pro = [{"key": "plan", "value": "pro"}, {"key": "e.event = 'buy'", "type": "hogql"}]
        text = "select count() from events as e left join persons as p on p.id = e.person_id where {filters}"
        assert self.count(api, {**dates, "properties": pro}, text) == 2
        text = "select count() from (select event from events where {filters}) as inner_events"
        assert self.count(api, dates, text) == 4

    def test_the_dates_alone(self, api: Api) -> None:
        text = "select count() from events where timestamp >= {filters.dateRange.from}"
        assert self.count(api, {"dateRange": {"date_from": "2024-11-04"}}, text) == 4
        assert self.count(api, None, text) == 8
        text += " and timestamp < {filters.dateRange.to}"
        assert self.count(api, {"dateRange": {"date_from": "2024-11-03", "date_to": "2024-11-04"}}, text) == 4

    def test_the_text_of_an_element_where_tables_are_joined(self, api: Api) -> None:
        api.store_event(event="$autocapture", elements_chain='button:text="Buy now"')
        filters = {"properties": [{"key": "text", "type": "element", "value": ["Buy now"], "operator": "exact"}]}
        text = "select count() from events as e left join persons as p on p.id = e.person_id where {filters}"
        assert self.count(api, filters, text) == 1

    def test_where_filters_cannot_stand(self, api: Api) -> None:
        query = {"kind": "HogQLQuery", "query": "select count() from persons where {filters}", "filters": {}}
        assert api.fault(query)["detail"] == (
            "Cannot use 'filters' placeholder in a SELECT clause that does not select from the events, sessions, "
            "logs, traces or groups table."
        )
        query["query"] = "select count() from events where {filters.nope}"
        assert api.fault(query)["detail"].startswith("Unsupported filters placeholder")

    def test_filters_of_the_place_it_is_shown_in_win(self, api: Api) -> None:
        query = {
            "kind": "HogQLQuery",
            "query": "select count() from events where {filters}",
            "filters": {"dateRange": {"date_from": "2024-11-05"}, "properties": [{"key": "plan", "value": "pro"}]},
        }
        assert api.answer(query)["results"] == [[1]]
        wider = {"date_from": "2024-11-03", "properties": [{"key": "plan", "value": "free", "operator": "is_not"}]}
        for wrapped in (query, {"kind": "DataVisualizationNode", "source": query}):
            assert api.answer(wrapped, filters_override=wider)["results"] == [[3]]


def test_types_are_named_without_how_values_are_stored(api: Api) -> None:
    api.store_event()
    answer = api.hogql("select event, nullIf(event, ''), [event] from events")
    assert [kind for _, kind in answer["types"]] == ["String", "Nullable(String)", "Array(String)"]
    events = api.answer({"kind": "EventsQuery", "select": ["event", "count()"]})
    assert events["types"] == ["String", "UInt64"]


def test_what_the_parser_would_pass_over_is_refused(api: Api) -> None:
    fault = api.fault("select event, count() from events group by event with totals")
    assert (fault["type"], fault["code"]) == ("validation_error", "invalid_input")
    assert fault["detail"] == "WITH TOTALS is not supported."
    assert fault["extra"] == {"start": 49, "end": 60}


def test_objects_and_arrays_of_a_property_defined_as_text_are_json(api: Api) -> None:
    names = ("list", "object", "mixed", "plain")
    for name in names:
        PropertyDefinition.objects.create(project=api.project, name=name, type="event", property_type="String")
    api.store_event(properties={"list": ["a", 1], "object": {"k": {"deep": 1}}, "mixed": "text", "plain": "p"})
    api.store_event(event="other", properties={"mixed": {"k": 1}})
    now = datetime.now(UTC)
    infer_properties(api.store, now - timedelta(minutes=5), now + timedelta(minutes=5))
    marked = PropertyDefinition.objects.filter(project=api.project, has_members=True)
    assert set(marked.values_list("name", flat=True)) == {"list", "object", "mixed"}
    assert api.rows(
        "select properties.list, properties.object, properties.mixed, properties.plain from events order by event"
    ) == [
        ['["a",1]', '{"k":{"deep":1}}', "text", "p"],
        [None, None, '{"k":1}', None],
    ]
    assert api.rows("select arrayJoin(JSONExtract(properties.list, 'Array(String)')) from events") == [["a"], ["1"]]
    assert api.rows("select count() from events where properties.object is not null") == [[1]]


def test_other_databases_and_unread_sql_are_refused(api: Api) -> None:
    for more in ({"connectionId": "abc"}, {"sendRawQuery": True}):
        assert "Unsupported" in api.fault({"kind": "HogQLQuery", "query": "SELECT 1", **more})["detail"]
    assert api.rows("SELECT 1", connectionId=None, sendRawQuery=False) == [[1]]
