"""Trends: the address holds the question, the page holds a chart and a table with the answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.groups.models import GroupTypeMapping
from hedgerow.taxonomy.models import PropertyDefinition
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

NOON = datetime.now(UTC).replace(hour=0, minute=1)


def lines(visitor: Visitor, **query: Any) -> dict[str, list[float]]:
    """The series of the table by name."""
    return {line.name: line.values for line in visitor.get("trends", **query).context["lines"]}


def test_a_project_without_events_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.text("trends")
    assert "No events yet" in page and "Connect an SDK" in page


def test_a_time_without_events_says_so(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON - timedelta(days=60))
    page = visitor.text("trends", event="paid", range="7d")
    assert "Nothing in this time" in page and "Connect an SDK" not in page


def test_series_of_the_same_event_are_told_apart(visitor: Visitor) -> None:
    visitor.send("paid", amount=10, plan="Grove", at=NOON)
    query = {"event": ["paid", "paid", "paid", "paid", ""], "math": ["total", "dau", "sum", "total", "total"]}
    query |= {"of": ["", "", "amount", "", ""], "range": "7d"}
    names = ["paid · Total count", "paid · Unique people", "paid · Sum of amount", "paid · Total count (2)"]
    assert list(lines(visitor, **query)) == [*names, "All events"]
    drawn = visitor.get("trends", **query).context["specification"]["data"]["values"]
    assert {row["series"] for row in drawn} == {*names, "All events"}


@pytest.mark.parametrize("breakdown", ["event:plan", "person:plan"])
def test_what_was_chosen_stays_chosen_before_it_is_known(visitor: Visitor, breakdown: str) -> None:
    page = visitor.text("trends", event="paid", math="sum", of="amount", breakdown=breakdown)
    assert f'<option value="{breakdown}" selected>' in page
    assert '<option value="paid" selected>' in page and '<option value="amount" selected>' in page
    assert '<option value="paid" selected>' in visitor.text("events", event="paid")


@pytest.mark.parametrize("day", ["garbage", "2026-13-01", "9", "-7d"])
def test_a_day_that_is_none_has_to_be_chosen_again(visitor: Visitor, day: str) -> None:
    page = visitor.text("trends", event="", range="custom", **{"from": day})
    assert "Choose the first day." in page and "cannot be answered" not in page


def test_without_a_question_page_views_of_the_last_four_weeks_are_shown(visitor: Visitor) -> None:
    visitor.send("$pageview", at=NOON - timedelta(days=1))
    visitor.send("$pageview", at=NOON)
    response = visitor.get("trends")
    (line,) = response.context["lines"]
    assert line.name == "Page view" and line.total == 2
    assert line.values[-2:] == [1, 1] and len(line.values) == 29
    assert response.context["specification"]["data"]["values"][-1]["value"] == 1


def test_people_are_counted_once_a_day_and_not_added_up(visitor: Visitor) -> None:
    for distinct_id in ("ada", "ada", "bea"):
        visitor.send("visited", distinct_id=distinct_id, at=NOON)
    (line,) = visitor.get("trends", event="visited", math="dau", range="7d").context["lines"]
    assert line.values[-1] == 2 and line.total is None


def test_a_property_can_be_summed(visitor: Visitor) -> None:
    visitor.send("paid", amount=10, at=NOON)
    visitor.send("paid", amount=2.5, at=NOON)
    assert lines(visitor, event="paid", math="sum", of="amount", range="7d")["paid"][-1] == 12.5


def test_maths_of_a_property_ask_which(visitor: Visitor) -> None:
    visitor.send("paid", amount=10, at=NOON)
    page = visitor.text("trends", event="paid", math="sum")
    assert "Choose the property to calculate with." in page and '<option value="amount"' in page


def test_groups_can_be_counted(visitor: Visitor) -> None:
    GroupTypeMapping.objects.create(project=visitor.project, group_type="company", group_type_index=0)
    visitor.send("paid", at=NOON)
    response = visitor.get("trends", event="paid", math="unique_group:0")
    assert response.context["form"].query()["series"][0]["math_group_type_index"] == 0
    assert response.context["problem"] == "" and "Unique groups: company" in response.content.decode()


def test_several_events_stand_beside_each_other(visitor: Visitor) -> None:
    visitor.send("one", at=NOON)
    visitor.send("two", at=NOON)
    visitor.send("two", at=NOON)
    shown = lines(visitor, event=["one", "two"], math=["total", "total"], of=["", ""], range="7d")
    assert {name: values[-1] for name, values in shown.items()} == {"one": 1, "two": 2}


def test_events_are_added_and_dropped(visitor: Visitor) -> None:
    visitor.send("one", at=NOON)
    added = visitor.get("trends", event=["one"], math=["dau"], add="1").headers["Location"]
    assert "add=" not in added
    assert [line.math for line in visitor.client.get(added).context["form"].series] == ["dau", "total"]
    dropped = visitor.get("trends", event=["one", "two"], math=["dau", "total"], drop="0").headers["Location"]
    assert [line.event for line in visitor.client.get(dropped).context["form"].series] == ["two"]


def test_the_address_holds_the_whole_question(visitor: Visitor) -> None:
    visitor.send("paid", amount=1, plan="Grove", at=NOON)
    asked = {"event": "paid", "math": "sum", "of": "amount", "breakdown": "event:plan", "range": "custom"}
    more = {"from": "2026-01-01", "to": "2026-02-01", "interval": "week", "display": "ActionsBar", "compare": "on"}
    form = visitor.get("trends", **asked, **more).context["form"]
    again = visitor.client.get(f"/project/{visitor.project.pk}/trends?{form.address()}").context["form"]
    assert again == form


def test_a_breakdown_gives_a_series_for_each_value(visitor: Visitor) -> None:
    for plan in ("Grove", "Grove", "Free"):
        visitor.send("paid", plan=plan, at=NOON)
    shown = lines(visitor, event="paid", breakdown="event:plan", range="7d")
    assert {name: values[-1] for name, values in shown.items()} == {"Grove": 2, "Free": 1}


def test_person_properties_are_offered_for_breakdowns(visitor: Visitor) -> None:
    PropertyDefinition.objects.create(project=visitor.project, name="role", type="person")
    visitor.send("paid", at=NOON)
    response = visitor.get("trends", event="paid", breakdown="person:role")
    assert '<option value="person:role" selected>' in response.content.decode()
    assert response.context["problem"] == ""


def test_the_time_before_is_set_beside(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON)
    visitor.send("paid", at=NOON - timedelta(days=7))
    found = visitor.get("trends", event="paid", range="7d", compare="on").context["lines"]
    assert [line.period for line in found] == ["Current", "Previous"]


@pytest.mark.parametrize("display", ["ActionsBarValue", "BoldNumber"])
def test_totals_are_one_number_for_the_whole_time(visitor: Visitor, display: str) -> None:
    visitor.send("paid", at=NOON)
    visitor.send("paid", at=NOON - timedelta(days=2))
    (line,) = visitor.get("trends", event="paid", display=display, range="7d").context["lines"]
    assert line.total == 2


def test_days_can_be_chosen(visitor: Visitor) -> None:
    visitor.send("paid", at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    query = {"event": "paid", "range": "custom", "from": "2026-01-01", "to": "2026-01-03"}
    assert lines(visitor, **query)["paid"] == [0, 1, 0]
    assert "Choose the first day." in visitor.text("trends", event="paid", range="custom")


def test_a_question_that_cannot_be_answered_is_told_kindly(visitor: Visitor) -> None:
    visitor.send("paid", at=NOON)
    query = {"event": "paid", "range": "custom", "from": "0001-01-01"}
    page = visitor.text("trends", **query)
    assert "This question cannot be answered." in page


@pytest.mark.parametrize(
    "query",
    [
        {"math": "explode", "interval": "eon", "display": "Hologram", "range": "forever", "breakdown": "nonsense"},
        {"event": "'); drop table events; --", "breakdown": "event:' or 1=1"},
        {"drop": "x", "add": "1", "event": ["a"] * 50},
        {"range": "custom", "from": "2026-01-05", "to": "2026-01-01"},
        {"breakdown": "group:name"},
    ],
)
def test_a_senseless_address_is_no_error(visitor: Visitor, query: dict[str, Any]) -> None:
    assert visitor.client.get(f"/project/{visitor.project.pk}/trends", query, follow=True).status_code == 200


def test_the_zone_of_the_times_is_stated(visitor: Visitor) -> None:
    visitor.project.timezone = "Europe/Lisbon"
    visitor.project.save()
    visitor.send("$pageview", at=NOON)
    assert "Dates and times are in Europe/Lisbon." in visitor.text("trends")
