"""What events do to the properties of a person."""

from typing import Any

from hedgerow.persons.properties import changed_properties, property_change, same_value


def after(before: dict[str, Any], event: str = "any event", **properties: Any) -> dict[str, Any]:
    """The person's properties after one event; names that start with `$` are written with `_` in front."""
    named = {f"${key[1:]}" if key.startswith("_") else key: value for key, value in properties.items()}
    change = property_change(event, named)
    return changed_properties(before, change) if change else before


def test_set_replaces_and_set_once_only_adds() -> None:
    assert after({"plan": "free"}, _set={"plan": "pro"}, _set_once={"plan": "old", "source": "ad"}) == {
        "plan": "pro",
        "source": "ad",
    }


def test_set_wins_over_set_once_of_the_same_event() -> None:
    assert after({}, _set={"plan": "pro"}, _set_once={"plan": "free"}) == {"plan": "pro"}


def test_set_once_replaces_a_null() -> None:
    assert after({"plan": None}, _set_once={"plan": "pro"}) == {"plan": "pro"}


def test_unset_comes_last_and_takes_a_list_or_an_object() -> None:
    assert after({"a": 1, "b": 2}, _set={"a": 5}, _unset=["a"]) == {"b": 2}
    assert after({"a": 1, "b": 2}, _unset={"b": ""}) == {"a": 1}
    assert after({"a": 1}, _set={"new": 1}, _unset=["new"]) == {"a": 1}


def test_the_same_values_again_change_nothing() -> None:
    before = {"plan": "pro", "tags": ["a", {"b": 1}], "n": 1}
    assert after(before, _set={"tags": ["a", {"b": 1}], "n": 1.0}, _set_once={"plan": "x"}, _unset=["other"]) is before


def test_set_once_of_a_null_that_set_keeps_null_changes_nothing() -> None:
    before = {"plan": None}
    assert after(before, _set={"plan": None}, _set_once={"plan": "pro"}) is before


def test_one_and_true_differ() -> None:
    assert after({"n": 1}, _set={"n": True})["n"] is True
    assert not same_value([1, {"a": 0}], [1, {"a": False}])


def test_other_types_in_place_of_objects_are_ignored() -> None:
    before = {"a": 1}
    assert after(before, _set=3, _set_once=["x"], _unset="a") is before


def test_campaign_and_client_values_come_from_the_event() -> None:
    person = after({}, "$pageview", utm_source="ads", _browser="Firefox", _kx="z", _lib="web")
    assert person == {
        "utm_source": "ads",
        "$initial_utm_source": "ads",
        "$browser": "Firefox",
        "$initial_browser": "Firefox",
    }
    person = after(person, "$pageview", utm_source="mail", _browser="Chrome")
    assert person["utm_source"] == "mail" and person["$initial_utm_source"] == "ads"
    assert person["$browser"] == "Chrome" and person["$initial_browser"] == "Firefox"


def test_the_initial_name_drops_only_a_leading_dollar() -> None:
    assert property_change("any", {"_kx": "z"}).set_once == {"$initial__kx": "z"}  # type: ignore[union-attr]


def test_null_campaign_values_are_not_taken() -> None:
    assert property_change("$pageview", {"utm_source": None, "gclid": None}) is None


def test_what_the_caller_sets_wins_over_what_the_event_carries() -> None:
    person = after({}, _browser="Firefox", _set={"$browser": "Mine"}, _set_once={"$initial_browser": "First"})
    assert person == {"$browser": "Mine", "$initial_browser": "First"}


def test_exceptions_and_heatmaps_change_nothing() -> None:
    assert property_change("$exception", {"$set": {"a": 1}, "$browser": "Firefox"}) is None
    assert property_change("$$heatmap", {"$set": {"a": 1}}) is None


def test_os_name_of_older_mobile_clients_is_the_os() -> None:
    assert after({}, _os_name="iOS") == {"$os": "iOS", "$initial_os": "iOS"}
