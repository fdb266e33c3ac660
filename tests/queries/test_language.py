"""HogQLMetadata and DatabaseSchemaQuery: what editors ask."""

from tests.queries.asking import Api


def test_a_text_that_can_be_run(api: Api) -> None:
    text = "select event, count() from events group by event"
    answer = api.answer({"kind": "HogQLMetadata", "language": "hogQL", "query": text})
    assert answer["isValid"] is True
    assert answer["query"] == text
    assert answer["errors"] == []
    assert answer["table_names"] == ["events"]
    assert set(answer) >= {"warnings", "notices", "isUsingIndices", "ch_table_names"}


def test_a_text_that_cannot_be_run_is_no_error_of_the_request(api: Api) -> None:
    for text, start, end in (
        ("select foo from events", 7, 10),
        ("select nope(1) from events", 7, 14),
        ("select (", None, None),
    ):
        answer = api.answer({"kind": "HogQLMetadata", "language": "hogQL", "query": text})
        assert answer["isValid"] is False
        (error,) = answer["errors"]
        assert error["message"]
        if start is not None:
            assert (error["start"], error["end"]) == (start, end)


def test_an_expression_over_a_source(api: Api) -> None:
    query = {"kind": "HogQLMetadata", "language": "hogQLExpr", "query": "properties.$browser"}
    assert api.answer(query)["isValid"] is True
    assert api.answer({**query, "query": "nope_nope"})["isValid"] is False


def test_placeholders_are_no_mistake(api: Api) -> None:
    text = "select count() from events where {filters} and event = {variables.name}"
    variables = {"1": {"variableId": "1", "code_name": "name", "value": "x"}}
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": text, "variables": variables}
    assert api.answer(query)["isValid"] is True


def test_the_tables(api: Api) -> None:
    answer = api.answer({"kind": "DatabaseSchemaQuery"})
    assert {"events", "persons", "groups", "sessions", "person_distinct_ids"} <= set(answer["tables"])
    events = answer["tables"]["events"]
    assert (events["type"], events["name"]) == ("posthog", "events")
    assert events["fields"]["timestamp"]["type"] == "datetime"
    assert events["fields"]["properties"]["type"] == "json"
    assert events["fields"]["person"]["type"] in ("lazy_table", "virtual_table", "field_traverser")
    assert answer["joins"] == []
