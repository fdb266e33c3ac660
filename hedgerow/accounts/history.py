"""What the activity log says of people's accounts: in every organization that the person belongs to."""

from hedgerow.activity.recording import Change, record_activity
from hedgerow.organizations.models import Organization, User

SCOPE = "User"


def note_account(user: User, activity: str, changes: list[Change] | None = None) -> None:
    """That somebody did something with their own account: signed in, changed how they do so."""
    for organization in Organization.objects.filter(memberships__user=user):
        record_activity(
            scope=SCOPE,
            activity=activity,
            item_id=user.uuid,
            user=user,
            organization=organization,
            name=user.email,
            changes=changes,
        )
