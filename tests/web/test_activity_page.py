"""The page of the activity log: who did what, with the parts that differ, filtered and page by page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.activity.models import ActivityLog
from hedgerow.activity.recording import change
from hedgerow.organizations.models import Organization, User
from hedgerow.projects.models import Project
from hedgerow.web.activity import Entry
from hedgerow.web.differences import MOST_PARTS, differences
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


def note(visitor: Visitor, scope: str, item: str, activity: str = "updated", **fields: Any) -> ActivityLog:
    known = {"name": f"Object {item}", **fields.pop("detail", {})}
    of = {"organization": visitor.project.organization, "project": visitor.project, "user": visitor.user, **fields}
    return ActivityLog.objects.create(scope=scope, item_id=item, activity=activity, detail=known, **of)


def names(visitor: Visitor, **asked: str) -> list[str]:
    entries: list[Entry] = visitor.get("activity", **asked).context["entries"]
    return [entry.name for entry in entries]


def test_what_was_done_stands_in_a_sentence_that_leads_to_the_object(visitor: Visitor) -> None:
    visitor.user.first_name = "Ada"
    visitor.user.save()
    note(visitor, "Dashboard", "7", "sharing enabled")
    note(visitor, "Insight", "8", "created", detail={"short_id": "abcd1234"})
    note(visitor, "Dashboard", "9", "deleted")
    note(visitor, "OrganizationInvite", "bo@example.com", "created", user=None, is_system=True)
    page = " ".join(visitor.text("activity").split())
    assert f'<strong>Ada</strong> shared dashboard <a href="/project/{visitor.project.pk}/dashboard/7">' in page
    assert f'made insight <a href="/project/{visitor.project.pk}/insights/abcd1234">' in page
    assert 'deleted dashboard <span class="named">Object 9</span>' in page
    assert "<strong>The system</strong> made invite for" in page


def test_filters_by_person_kind_object_and_day(visitor: Visitor) -> None:
    bob = User.objects.create_user("bob@example.com", "x")
    note(visitor, "Dashboard", "1", created_at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))
    note(visitor, "Cohort", "2", user=bob, created_at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    note(visitor, "Dashboard", "3", detail={"name": "Growth"}, created_at=datetime(2026, 1, 3, 12, tzinfo=UTC))
    assert names(visitor) == ["Growth", "Object 2", "Object 1"]
    assert names(visitor, scope="Dashboard") == ["Growth", "Object 1"]
    assert names(visitor, user=str(bob.pk)) == ["Object 2"]
    assert names(visitor, search="growth") == ["Growth"]
    assert names(visitor, search="2") == ["Object 2"]
    assert names(visitor, scope="Dashboard", item_id="1") == ["Object 1"]
    assert names(visitor, **{"from": "2026-01-02", "to": "2026-01-02"}) == ["Object 2"]
    visitor.project.timezone = "Europe/Berlin"  # where the first one was done half an hour into the second day
    visitor.project.save()
    assert names(visitor, **{"from": "2026-01-02", "to": "2026-01-02"}) == ["Object 2", "Object 1"]
    assert "Nothing fits" in visitor.text("activity", search="zzz")
    for nonsense in ({"from": "2026-13-01"}, {"to": "9999-12-31"}, {"user": "ada"}, {"from": "0001-01-01"}):
        assert visitor.get("activity", **nonsense).status_code == 200


def test_pages(visitor: Visitor) -> None:
    for number in range(60):
        note(visitor, "Cohort", str(number))
    assert names(visitor)[0] == "Object 59" and len(names(visitor)) == 50
    assert names(visitor, offset="50") == [f"Object {number}" for number in range(9, -1, -1)]


def test_the_organizations_own_entries_are_apart(visitor: Visitor) -> None:
    note(visitor, "Team", "1")
    note(visitor, "OrganizationMembership", "2", project=None)
    assert names(visitor) == ["Object 1"]
    assert names(visitor, where="organization") == ["Object 2"]


def test_nothing_of_another_project_is_told(visitor: Visitor) -> None:
    stranger = User.objects.create_user("stranger@example.com", "x")
    elsewhere = Organization.objects.create(name="Other")
    other = Project.objects.create(organization=elsewhere, name="Other")
    second = Project.objects.create(organization=visitor.project.organization, name="Second")
    note(visitor, "Cohort", "1", organization=elsewhere, project=other, user=stranger)
    note(visitor, "Cohort", "2", organization=elsewhere, project=None, user=stranger)
    note(visitor, "Cohort", "3", project=second)
    for where in ("", "organization"):
        assert names(visitor, where=where) == []
        assert "stranger@example.com" not in visitor.text("activity", where=where)
        assert visitor.client.get(f"/project/{other.pk}/activity", {"where": where}).status_code == 404


def test_of_a_nested_value_only_the_parts_that_differ_are_told(visitor: Visitor) -> None:
    before = {"kind": "TrendsQuery", "series": [{"event": "paid", "math": "total"}], "interval": "day"}
    after = {"kind": "TrendsQuery", "series": [{"event": "paid", "math": "dau"}, {"event": "refunded"}]}
    told = [(each.field, each.before, each.after) for each in differences("query", before, after)]
    assert told == [
        ("query › series › 1 › math", "total", "dau"),
        ("query › series › 2", "", '{"event": "refunded"}'),
        ("query › interval", "day", ""),
    ]
    detail = {"changes": [change("Insight", "query", before, after)]}
    note(visitor, "Insight", "1", detail=detail)
    assert "<del>total</del>" in visitor.text("activity")


def test_simple_values_are_told_as_people_write_them() -> None:
    def told(before: Any, after: Any) -> tuple[str, str]:
        (only,) = differences("some_field", before, after)
        assert only.field == "some field"
        return only.before, only.after

    assert told(False, True) == ("no", "yes")
    assert told(["a"], ["a", "b"]) == ("a", "a, b")
    assert told(None, {"date_from": "-7d"}) == ("", '{"date_from": "-7d"}')
    assert told([], [{"id": 1, "name": "Board"}]) == ("", "Board")
    assert len(told("", "x" * 1_000)[1]) == 301
    many = differences("f", {str(n): 0 for n in range(99)}, {str(n): 1 for n in range(99)})
    assert len(many) == MOST_PARTS + 1 and many[-1].after == "… and more"


def test_entries_without_detail_or_of_unknown_kinds_are_shown(visitor: Visitor) -> None:
    ActivityLog.objects.create(
        organization=visitor.project.organization,
        project=visitor.project,
        scope="Survey",
        item_id="x",
        activity="went_off",
        detail={},
    )
    note(visitor, "Dashboard", "not a number", detail={"changes": ["nonsense", {"field": None}]})
    assert names(visitor) == ["Object not a number", "x"]
