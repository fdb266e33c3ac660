"""How events link, merge and identify persons."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.people import People
from hedgerow.spool.lines import Line
from tests.persons.lines import alias, event, identify, merge


def obey(*lines: Line) -> People:
    """The persons after these events, from nothing."""
    people = People()
    for line in lines:
        people.obey(line, msgspec.json.decode(line.p))
    return people


def ids_by_person(people: People) -> dict[UUID, set[str]]:
    return {
        person.uuid: {state.distinct_id for state in person.distinct_ids}
        for person in people.persons
        if not person.merged_away
    }


def uuid_of(distinct_id: str) -> UUID:
    return default_person_uuid(1, distinct_id)


def warning_types(people: People) -> list[str]:
    return [warning.type for warning in people.warnings]


def test_identify_links_the_anonymous_visitor_to_the_user() -> None:
    people = obey(event("$pageview", "a1"), identify("user", "a1"))
    assert ids_by_person(people) == {uuid_of("a1"): {"a1", "user"}}
    assert people.persons[0].is_identified


def test_identify_before_the_visitors_events_ends_in_the_same_state() -> None:
    assert ids_by_person(obey(identify("user", "a1"), event("$pageview", "a1"))) == {uuid_of("a1"): {"a1", "user"}}


def test_an_unknown_visitor_joins_a_known_user() -> None:
    people = obey(event("login", "user"), identify("user", "a1"))
    assert ids_by_person(people) == {uuid_of("user"): {"a1", "user"}}


def test_an_alias_of_two_unknown_ids_is_the_person_of_the_event() -> None:
    assert ids_by_person(obey(alias("previous", "new"))) == {uuid_of("previous"): {"previous", "new"}}


def test_two_known_persons_become_the_target() -> None:
    people = obey(
        event("$set", "a1", {"$set": {"plan": "free", "seen": True}}, minutes=-60),
        event("$set", "user", {"$set": {"plan": "pro"}}),
        identify("user", "a1", set={"name": "Ada"}),
    )
    assert ids_by_person(people) == {uuid_of("user"): {"a1", "user"}}
    person = people.person_of((1, "a1"))
    assert person is not None and person.is_identified
    assert {key: value for key, value in person.properties.items() if key[0] != "$"} == {
        "plan": "pro",
        "seen": True,
        "name": "Ada",
    }
    assert person.created_at.hour == 11


def test_an_identified_person_is_not_merged_into_another() -> None:
    people = obey(identify("first", "a1"), event("login", "second"), identify("second", "first"))
    assert ids_by_person(people) == {uuid_of("a1"): {"a1", "first"}, uuid_of("second"): {"second"}}
    assert warning_types(people) == ["cannot_merge_already_identified"]
    assert people.warnings[0].details["sourcePersonDistinctId"] == "first"
    assert people.warnings[0].details["targetPersonDistinctId"] == "second"
    second = people.person_of((1, "second"))
    assert second is not None and second.is_identified


def test_merge_dangerously_merges_an_identified_person() -> None:
    people = obey(identify("first", "a1"), event("login", "second"), merge("second", "first"))
    assert ids_by_person(people) == {uuid_of("second"): {"second", "a1", "first"}}
    assert not people.warnings


def test_an_alias_of_an_identified_source_is_refused() -> None:
    people = obey(identify("first", "a1"), event("login", "second"), alias("second", "first"))
    assert warning_types(people) == ["cannot_merge_already_identified"]
    assert len(ids_by_person(people)) == 2


def test_an_identified_target_takes_an_anonymous_source() -> None:
    people = obey(identify("user", "a1"), event("$pageview", "a2"), identify("user", "a2"))
    assert ids_by_person(people) == {uuid_of("a1"): {"user", "a1", "a2"}}


@pytest.mark.parametrize(
    ("target", "source"), [("user", "anonymous"), ("null", "a1"), ("user", " "), ("user", "'NaN'")]
)
def test_illegal_ids_are_not_merged_but_the_event_counts(target: str, source: str) -> None:
    people = obey(identify(target, source, set={"plan": "pro"}))
    assert warning_types(people) == ["cannot_merge_with_illegal_distinct_id"]
    assert ids_by_person(people) == {uuid_of(target): {target}}
    person = people.persons[0]
    assert not person.is_identified and person.properties["plan"] == "pro"


def test_the_illegal_id_warning_names_both_ids() -> None:
    details = obey(identify("user", "guest")).warnings[0].details
    assert (details["illegalDistinctId"], details["otherDistinctId"]) == ("guest", "user")


def test_the_same_id_twice_does_not_identify() -> None:
    people = obey(identify("user", "user"))
    assert ids_by_person(people) == {uuid_of("user"): {"user"}} and not people.persons[0].is_identified


def test_identify_without_an_anonymous_id_marks_the_person_identified() -> None:
    assert obey(identify("user")).persons[0].is_identified


def test_an_alias_without_another_id_only_makes_the_person() -> None:
    people = obey(event("$create_alias", "user", {}))
    assert ids_by_person(people) == {uuid_of("user"): {"user"}} and not people.persons[0].is_identified


def test_a_number_as_other_id_is_its_text() -> None:
    assert ids_by_person(obey(alias("user", 23))) == {uuid_of("user"): {"user", "23"}}


def test_a_long_other_id_is_cut_as_that_of_events_is() -> None:
    assert obey(identify("user", "x" * 300)).person_of((1, "x" * 200)) is not None


def test_projects_do_not_share_distinct_ids() -> None:
    people = obey(event("$pageview", "a1"), event("$pageview", "a1", team=2), identify("user", "a1"))
    assert people.person_of((2, "user")) is None
    assert people.person_of((2, "a1")) is not people.person_of((1, "a1"))


def test_a_group_event_makes_no_person_but_belongs_to_a_known_one() -> None:
    group = event("$groupidentify", "$company_acme", {"$group_type": "company", "$group_key": "acme"})
    assert not obey(group).persons
    people = obey(event("login", "user"), event("$groupidentify", "user", {"$set": {"plan": "pro"}}))
    assert people.persons[0].properties["plan"] == "pro"


def test_identify_twice_with_the_same_data_changes_nothing() -> None:
    people = obey(identify("user", "a1", set={"plan": "pro"}))
    people.persons[0].changed = False
    people.obey(line := identify("user", "a1", set={"plan": "pro"}), msgspec.json.decode(line.p))
    assert not people.persons[0].changed


def test_only_ids_with_another_uuid_of_their_own_have_to_be_followed() -> None:
    people = obey(identify("user", "a1"), event("$pageview", "other"))
    assert {key[1] for key, state in people.distinct_ids.items() if state.moved} == {"user"}


def test_properties_over_the_limit_are_refused_one_event_at_a_time() -> None:
    people = obey(
        event("$set", "user", {"$set": {"a": "x" * 300_000}}),
        event("$set", "user", {"$set": {"b": "x" * 300_000}}),
        event("$set", "user", {"$set": {"c": "small"}}),
    )
    assert warning_types(people) == ["person_properties_size_violation"]
    assert people.persons[0].properties.keys() == {"$creator_event_uuid", "a", "c"}


def test_a_merge_beyond_the_limit_keeps_the_targets_properties() -> None:
    people = obey(
        event("$set", "a1", {"$set": {"a": "x" * 300_000}}),
        event("$set", "user", {"$set": {"b": "x" * 300_000}}),
        identify("user", "a1"),
    )
    assert len(ids_by_person(people)) == 1
    person = people.person_of((1, "a1"))
    assert person is not None and "b" in person.properties and "a" not in person.properties
    assert warning_types(people) == ["person_properties_size_violation"]


def test_room_made_by_unset_can_be_used_again() -> None:
    big: dict[str, Any] = {"$set": {"a": "x" * 300_000}}
    people = obey(
        event("$set", "user", big),
        event("$set", "user", {"$unset": ["a"]}),
        event("$set", "user", {"$set": {"b": "x" * 300_000}}),
    )
    assert not people.warnings and "b" in people.persons[0].properties


def test_merging_by_chains_within_a_batch() -> None:
    people = obey(
        event("$pageview", "a1"),
        event("$pageview", "a2"),
        event("$pageview", "a3"),
        merge("a2", "a1"),
        merge("a3", "a2"),
    )
    assert ids_by_person(people) == {uuid_of("a3"): {"a1", "a2", "a3"}}
    moved = {key[1] for key, state in people.distinct_ids.items() if state.moved}
    assert moved == {"a1", "a2"}
