"""Fields and functions that exist because of the product: groups by name, channels of persons, answers to surveys."""

import pytest

from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject


def test_groups_by_the_name_of_their_type(stored: StoredProject) -> None:
    project = stored.with_context(group_types=["", "organization"])
    project.event("look", **{"$group_1": "acme"})
    project.group(1, "acme", {"plan": "pro"})
    asked = "organization.properties.plan, organization.key, group_1.properties.plan, e.organization.key"
    assert project.rows(f"SELECT {asked} FROM events e") == [("pro", "acme", "pro", "acme")]


def test_a_name_that_is_no_group_type_is_no_field(stored: StoredProject) -> None:
    with pytest.raises(HogQLError, match=r"Unable to resolve field: organization\.key"):
        stored.rows("SELECT organization.key FROM events")
    with pytest.raises(HogQLError, match="Unable to resolve field"):
        stored.with_context(group_types=["company"]).rows("SELECT company.key FROM persons")


def test_a_field_wins_over_a_group_type_of_its_name(stored: StoredProject) -> None:
    project = stored.with_context(group_types=["event"])
    project.event("look", **{"$group_0": "acme"})
    assert project.rows("SELECT event FROM events") == [("look",)]


@pytest.mark.parametrize(
    ("initial", "channel", "domain_type"),
    [
        ({"$initial_referring_domain": "www.google.com"}, "Organic Search", "Search"),
        ({"$initial_referring_domain": "www.google.com", "$initial_gclid": "x"}, "Paid Search", "Search"),
        ({"$initial_referring_domain": "$direct"}, "Direct", "Direct"),
        ({"$initial_referring_domain": "facebook.com"}, "Organic Social", "Social"),
        ({"$initial_utm_medium": "email"}, "Email", "Unknown"),
        ({"$initial_referring_domain": "a.blog"}, "Referral", "Other"),
        ({}, "Unknown", "Unknown"),
    ],
)
def test_where_persons_came_from_first(
    stored: StoredProject, initial: dict[str, str], channel: str, domain_type: str
) -> None:
    stored.person("ann", initial)
    asked = "$virt_initial_channel_type, $virt_initial_referring_domain_type"
    assert stored.rows(f"SELECT {asked} FROM persons") == [(channel, domain_type)]


def test_where_the_person_of_an_event_came_from_first(stored: StoredProject) -> None:
    stored.event("look")
    stored.person("ann", {"$initial_referring_domain": "youtube.com"})
    assert stored.value("person.$virt_initial_channel_type") == "Organic Video"


def test_answers_to_surveys(stored: StoredProject) -> None:
    by_id = {"$survey_response_q7": "by id", "$survey_response_2": "by index", "$survey_response": "the first"}
    stored.event("survey sent", {**by_id, "$survey_response_3": ["a", "b"], "$survey_response_4": ""})
    assert stored.value("getSurveyResponse(0)") == "the first"
    assert stored.value("getSurveyResponse(2)") == "by index"
    assert stored.value("getSurveyResponse(2, 'q7')") == "by id"
    assert stored.value("getSurveyResponse(2, 'q8')") == "by index"
    assert stored.value("getSurveyResponse(4)") is None
    assert stored.value("getSurveyResponse(3, 'q8', true)") == ["a", "b"]
    with pytest.raises(HogQLError, match="index of a question"):
        stored.rows("SELECT getSurveyResponse(event) FROM events")


@pytest.mark.parametrize(
    "call",
    [
        "convertCurrency('EUR', 'USD', 1)",
        "recording_button('s')",
        "uniqueSurveySubmissionsFilter('id')",
        "lookupDomainType('a.b')",
    ],
)
def test_what_there_is_not_is_said(stored: StoredProject, call: str) -> None:
    with pytest.raises(HogQLError, match="is not available"):
        stored.rows(f"SELECT {call} FROM events")
