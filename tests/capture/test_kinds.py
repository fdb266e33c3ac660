"""What a line says the loader has to do: make no person, make one, or change one."""

from typing import Any

import pytest

from hedgerow.spool.lines import PERSON, PERSON_CHANGE, PERSONLESS
from tests.capture.process import CaptureProcess, properties


@pytest.mark.parametrize(
    ("event", "sent", "kind"),
    [
        ("bought", {"amount": 5}, PERSON),
        ("bought", {"$process_person_profile": True}, PERSON),
        ("bought", {"$process_person_profile": False}, PERSONLESS),
        ("bought", {"$process_person_profile": False, "$browser": "Firefox"}, PERSONLESS),
        ("bought", {"$set": {"a": 1}}, PERSON_CHANGE),
        ("bought", {"$set_once": {"a": 1}}, PERSON_CHANGE),
        ("bought", {"$unset": ["a"]}, PERSON_CHANGE),
        ("bought", {"$browser": "Firefox"}, PERSON_CHANGE),
        ("bought", {"utm_source": "news"}, PERSON_CHANGE),
        ("bought", {"nested": {"$browser": "Firefox"}}, PERSON),
        ("$identify", {"$anon_distinct_id": "x"}, PERSON_CHANGE),
        ("$create_alias", {"alias": "x"}, PERSON_CHANGE),
        ("$merge_dangerously", {"alias": "x"}, PERSON_CHANGE),
        ("$groupidentify", {"$group_type": "company", "$group_key": "acme"}, PERSON_CHANGE),
        ("$set", {}, PERSON_CHANGE),
        ("$exception", {"$set": {"a": 1}, "$browser": "Firefox"}, PERSON),
        ("$feature_flag_called", {"$feature_flag": "beta"}, PERSONLESS),
        ("$feature_flag_called", {"$feature_flag": "beta", "$process_person_profile": True}, PERSON),
        ("$feature_flag_called", {"$feature_flag": "beta", "$groups": {"company": "acme"}}, PERSON),
    ],
)
def test_kind(capture: CaptureProcess, event: str, sent: dict[str, Any], kind: int) -> None:
    capture.event(event, properties=sent)
    assert capture.stored_event().k == kind


def test_set_at_the_root_changes_the_person(capture: CaptureProcess) -> None:
    capture.event(**{"$set": {"a": 1}})
    assert capture.stored_event().k == PERSON_CHANGE


def test_a_personless_event_carries_no_changes_and_no_groups(capture: CaptureProcess) -> None:
    capture.event(
        properties={
            "$process_person_profile": False,
            "$set": {"a": 1},
            "$set_once": {"a": 1},
            "$unset": ["a"],
            "$groups": {"company": "acme"},
            "kept": 1,
        }
    )
    line = capture.stored_event()
    assert line.g is None
    assert properties(line) == {
        "$ip": "127.0.0.1",
        "$process_person_profile": False,
        "$groups": {"company": "acme"},
        "kept": 1,
    }


def test_asking_for_a_person_is_not_stored(capture: CaptureProcess) -> None:
    capture.event(properties={"$process_person_profile": True, "kept": 1})
    assert properties(capture.stored_event()) == {"$ip": "127.0.0.1", "kept": 1}


def test_anything_but_true_and_false_asks_for_a_person_and_is_warned_about(capture: CaptureProcess) -> None:
    capture.event(properties={"$process_person_profile": "no"})
    warning, event = capture.new_lines()
    assert (warning.r, warning.drop, warning.u) == ("invalid_process_person_profile", False, event.u)
    assert event.k == PERSON
