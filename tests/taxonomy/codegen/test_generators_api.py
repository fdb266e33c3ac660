"""`event_definitions/golang/`, `python/` and `typescript/`."""

from typing import TYPE_CHECKING, Any

import pytest

from hedgerow.taxonomy.codegen import golang, python, typescript
from hedgerow.taxonomy.models import EventDefinition, EventSchemaProperty

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.queries.asking import Api

LANGUAGES = {"golang": golang, "python": python, "typescript": typescript}


@pytest.fixture
def api(project: "Project", event_store: "EventStore") -> "Api":
    """The API of a fresh project, for a key that may read event definitions only."""
    from tests.queries.asking import make_api

    return make_api(project, event_store, scopes=["event_definition:read"])


def generated(api: "Api", language: str) -> dict[str, Any]:
    response = api.send("GET", f"event_definitions/{language}/")
    assert response.status_code == 200, response.content.decode()
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_holds_the_file_and_what_it_was_made_from(api: "Api", language: str) -> None:
    order = EventDefinition.objects.create(project=api.project, name="order placed")
    EventSchemaProperty.objects.create(event_definition=order, name="total", property_type="Numeric", is_required=True)

    answer = generated(api, language)

    assert set(answer) == {"content", "event_count", "schema_hash", "generator_version"}
    assert answer["event_count"] == 1
    assert answer["generator_version"] == LANGUAGES[language].VERSION
    assert answer["schema_hash"] in answer["content"]
    assert '"order placed"' in answer["content"]
    assert "total" in answer["content"]
    assert generated(api, language) == answer


def test_all_languages_are_made_from_the_same_schemas(api: "Api") -> None:
    EventDefinition.objects.create(project=api.project, name="order placed")

    assert len({generated(api, language)["schema_hash"] for language in LANGUAGES}) == 1


def test_the_environments_path_answers_alike(api: "Api") -> None:
    path = f"/api/environments/{api.project.pk}/event_definitions/python/"
    response = api.client.get(path, headers={"Authorization": f"Bearer {api.key}"})

    assert response.json() == generated(api, "python")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_project_without_definitions_has_an_empty_file(api: "Api", language: str) -> None:
    assert generated(api, language)["event_count"] == 0


def test_events_that_applications_do_not_send_are_left_out(api: "Api") -> None:
    for name in ("order placed", "$pageview", "$of_a_library"):
        EventDefinition.objects.create(project=api.project, name=name)
    EventDefinition.objects.create(project=api.project, name="no longer sent", hidden=True)
    ours = EventDefinition.objects.create(project=api.project, name="$of_ours")
    EventSchemaProperty.objects.create(event_definition=ours, name="total", property_type="Numeric")

    answer = generated(api, "python")

    assert answer["event_count"] == 3
    for name in ("order placed", "$pageview", "$of_ours"):
        assert f'"{name}"' in answer["content"]
    for name in ("$of_a_library", "no longer sent"):
        assert name not in answer["content"]


def test_another_schema_has_another_hash(api: "Api") -> None:
    order = EventDefinition.objects.create(project=api.project, name="order placed")
    before = generated(api, "typescript")["schema_hash"]
    EventSchemaProperty.objects.create(event_definition=order, name="total", property_type="Numeric")

    assert generated(api, "typescript")["schema_hash"] != before


def test_events_of_other_projects_are_not_in_the_file(api: "Api") -> None:
    from hedgerow.projects.models import Project

    other = Project.objects.create(organization=api.project.organization, name="Another")
    EventDefinition.objects.create(project=other, name="a secret of theirs")

    assert "a secret of theirs" not in generated(api, "golang")["content"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_without_the_scope_is_refused(project: "Project", event_store: "EventStore", language: str) -> None:
    from tests.queries.asking import make_api

    without = make_api(project, event_store, scopes=["insight:read"])

    assert without.send("GET", f"event_definitions/{language}/").status_code == 403


def test_all_events_are_read_at_once(api: "Api", django_assert_max_num_queries: Any) -> None:
    from hedgerow.taxonomy.codegen.described import described_events

    for number in range(20):
        definition = EventDefinition.objects.create(project=api.project, name=f"event {number}")
        EventSchemaProperty.objects.create(event_definition=definition, name="total", property_type="Numeric")

    with django_assert_max_num_queries(2):
        assert len(described_events(api.project.pk)) == 20
