"""HogQLMetadata, HogQLAutocomplete and DatabaseSchemaQuery: what editors ask."""

from typing import Any

from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from tests.queries.asking import Api, make_project


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


def test_other_languages_are_looked_at_for_their_syntax(api: Api) -> None:
    query = {"kind": "HogQLMetadata", "language": "hog", "query": "return 1 + 1"}
    assert api.answer(query)["isValid"] is True
    assert api.answer({**query, "query": "let x = 1"})["isValid"] is False
    assert api.answer({**query, "language": "hogTemplate", "query": "Hello {person.name}"})["isValid"] is True
    (error,) = api.answer({**query, "language": "hogTemplate", "query": "Hello {a b}"})["errors"]
    assert 6 <= error["start"] <= 10
    assert "Unsupported language" in api.fault({**query, "language": "cobol"})["detail"]


def test_metadata_tells_whether_time_is_limited(api: Api) -> None:
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": "select 1 from events where timestamp > now()"}
    assert api.answer(query)["isUsingIndices"] == "yes"


def complete(api: Api, text: str, **more: Any) -> dict[str, Any]:
    """What is suggested at the `|` of a text."""
    place = text.index("|")
    asked = {"query": text.replace("|", ""), "startPosition": place, "endPosition": place, **more}
    return api.answer({"kind": "HogQLAutocomplete", "language": "hogQL", **asked})


def labels(answer: dict[str, Any]) -> list[str]:
    """What the suggestions are called."""
    return [each["label"] for each in answer["suggestions"]]


def test_suggestions_have_their_shape(api: Api) -> None:
    answer = complete(api, "select event from eve|")
    assert set(answer) == {"suggestions", "incomplete_list", "timings"}
    assert answer["incomplete_list"] is False
    assert answer["suggestions"][0] == {
        "label": "events",
        "insertText": "events",
        "kind": "Folder",
        "detail": "Table",
        "documentation": "",
    }


def test_suggestions_know_the_names_of_the_project_only(api: Api) -> None:
    for project in (api.project, make_project()):
        mine = "mine" if project == api.project else "theirs"
        EventDefinition.objects.create(project=project, name=f"bought {mine}")
        for carrier, index in (("event", -1), ("person", -1), ("group", 0), ("group", 1)):
            PropertyDefinition.objects.create(
                project=project,
                type=carrier,
                group_type_index=index,
                name=f"{carrier}{index}_{mine}",
                property_type="Numeric",
            )
    assert labels(complete(api, "select 1 from events where event = 'bought|'")) == ["bought mine"]
    assert labels(complete(api, "select properties.| from events")) == ["event-1_mine"]
    assert labels(complete(api, "select person.properties.| from events")) == ["person-1_mine"]
    assert labels(complete(api, "select group_1.properties.| from events")) == ["group1_mine"]
    (price,) = complete(api, "select properties.EVENT| from events")["suggestions"]
    assert (price["insertText"], price["detail"]) == ("`event-1_mine`", "Numeric")


def test_suggestions_for_expressions_templates_and_placeholders(api: Api) -> None:
    assert "timestamp" in labels(complete(api, "times|", language="hogQLExpr"))
    source = {"kind": "HogQLQuery", "query": "select count() as total from events"}
    assert labels(complete(api, "tot|", language="hogQLExpr", sourceQuery=source))[0] == "total"
    given = {"person": {"name": "Ada"}}
    assert labels(complete(api, "Dear {person.|}", language="hogTemplate", globals=given)) == ["name"]
    assert "filters" in labels(complete(api, "select 1 from events where {|}"))


def test_a_cursor_behind_the_end_is_at_the_end(api: Api) -> None:
    asked = {"kind": "HogQLAutocomplete", "language": "hogQL", "query": "select 1 from ev"}
    assert labels(api.answer({**asked, "startPosition": 14, "endPosition": 999}))[0] == "events"
