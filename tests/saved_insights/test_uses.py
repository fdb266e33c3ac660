"""What saved insights name is known where it is asked for: of actions, of cohorts and of events."""

from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.actions.references import reference_counts, references
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.uses import require_unused, used_in
from hedgerow.saved_insights.models import Insight
from tests.accounts import Account, make_account
from tests.saved_insights.asking import Insights

pytestmark = pytest.mark.django_db


def wrapped(**fields: Any) -> dict[str, Any]:
    series = [{"kind": "EventsNode", "event": "paid"}]
    return {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": series, **fields}}


def save(account: Account, name: str | None, **fields: Any) -> Insight:
    return Insight.objects.create(project=account.project, name=name, created_by=account.user, **fields)


def test_actions_tell_the_insights_that_use_them(account: Account) -> None:
    action = Action.objects.create(project=account.project, name="Paid")
    query = wrapped(series=[{"kind": "ActionsNode", "id": action.pk}])
    using = save(account, "Revenue", query=query)
    old = save(account, None, derived_name="Old", filters={"actions": [{"id": action.pk, "type": "actions"}]})
    save(account, "Deleted", query=query, deleted=True)
    save(account, "Other", query=wrapped())
    save(make_account(), "Elsewhere", query=query)

    found = references(account.project.pk, action.pk)
    assert [(each.type, each.id, each.name) for each in found] == [
        ("insight", using.short_id, "Revenue"),
        ("insight", old.short_id, "Old"),
    ]
    assert found[0].url == f"/insights/{using.short_id}"
    assert reference_counts(account.project.pk, [action.pk]) == {action.pk: 2}


def test_a_cohort_that_an_insight_uses_cannot_go(insights: Insights, account: Account) -> None:
    cohort = Cohort.objects.create(project=account.project, name="Payers")
    query = wrapped(properties=[{"type": "cohort", "key": "id", "value": cohort.pk}])
    made = insights.make(name="Of payers", query=query)
    save(account, None, query=query)
    save(make_account(), "Elsewhere", query=query)

    found = used_in(cohort, account.user)["insights"]
    assert found["total"] == 2
    assert found["results"][0] == {"id": made["id"], "short_id": made["short_id"], "name": "Of payers"}
    assert found["results"][1]["name"] == "Unnamed"
    with pytest.raises(Exception, match=r"used in 2 insight\(s\): Of payers, Unnamed\."):
        require_unused(cohort, account.user)

    Insight.objects.filter(project=account.project).update(deleted=True)
    require_unused(cohort, account.user)
    assert used_in(cohort, account.user)["insights"]["total"] == 0


def test_an_event_tells_how_many_insights_ask_for_it(insights: Insights, account: Account) -> None:
    from hedgerow.eventstore.client import event_store
    from hedgerow.taxonomy.models import EventDefinition
    from hedgerow.taxonomy.usage import usage

    save(account, "a", query=wrapped())
    save(account, "b", filters={"events": [{"id": "paid"}]})
    save(account, "c", query=wrapped(), deleted=True)
    save(make_account(), "d", query=wrapped())
    definition = EventDefinition.objects.create(project=account.project, name="paid")

    assert usage(event_store(), definition)["insights"] == 2
