"""A delivery shows what who set it up may see; once they have left, it goes on whole."""

import pytest

from hedgerow.access.models import AccessControl
from hedgerow.dashboards.models import Dashboard
from hedgerow.exports.models import ExportedAsset
from hedgerow.organizations.leaving import remove_member
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Subscription
from tests.accounts import Account, member_of
from tests.mail.receiving import Mailbox, part
from tests.subscriptions.making import deliver, make_dashboard, make_insight, run_of, subscribe

pytestmark = pytest.mark.usefixtures("event_store")


@pytest.fixture
def eve(account: Account) -> Account:
    """A colleague of the account's."""
    return member_of(account)


@pytest.fixture
def board(account: Account) -> Dashboard:
    return make_dashboard(account, make_insight(account, "Signups"), make_insight(account, "Salaries"))


def hide(item: Dashboard | Insight) -> None:
    """From everybody but admins and its maker."""
    kind = item._meta.model_name
    AccessControl.objects.create(project=item.project, resource=kind, resource_id=str(item.pk), access_level="none")


def leave(account: Account) -> None:
    remove_member(account.user.memberships.get(organization=account.organization))


def told(subscription: Subscription, box: Mailbox) -> tuple[list[str], str, int]:
    """The insights that are delivered now, the mail's text, and how many pictures were made."""
    before = ExportedAsset.objects.count()
    delivery = deliver(run_of(subscription))
    names = [entry["name"] for entry in delivery.content_snapshot["insights"]]
    return names, part(box.received[-1][1], "plain"), ExportedAsset.objects.count() - before


def test_a_hidden_insight_is_left_out_until_the_maker_has_left(
    account: Account, eve: Account, board: Dashboard, box: Mailbox
) -> None:
    subscription = subscribe(eve, dashboard=board)
    assert told(subscription, box)[0] == ["Signups", "Salaries"]
    hide(board.tiles.get(insight__name="Salaries").insight)
    names, mail, pictures = told(subscription, box)
    assert (names, pictures) == (["Signups"], 1)
    assert "Salaries" not in mail
    leave(eve)
    names, mail, pictures = told(subscription, box)
    assert (names, pictures) == (["Signups", "Salaries"], 2)
    assert "Salaries" in mail


@pytest.mark.parametrize("kind", ["dashboard", "insight"])
def test_of_what_is_hidden_as_a_whole_nothing_is_delivered(
    account: Account, eve: Account, board: Dashboard, box: Mailbox, kind: str
) -> None:
    item = board if kind == "dashboard" else board.tiles.get(insight__name="Salaries").insight
    subscription = subscribe(eve, **{kind: item})
    hide(item)
    delivery = deliver(run_of(subscription))
    assert delivery.content_snapshot.get("insights", []) == []
    assert not ExportedAsset.objects.exists()
    assert all("Salaries" not in part(mail, "plain") for _, mail in box.received)
    leave(eve)
    assert "Salaries" in told(subscription, box)[0]
