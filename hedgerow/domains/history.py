"""What the activity log says of domains."""

from hedgerow.activity.recording import change, changes_between, record_activity, snapshot
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User

DOMAIN = "OrganizationDomain"
_SCIM_TOKEN = "scim_token_hash"  # noqa: S105 - a name
_NOBODY_CHANGES = "last_checked_at"


def note_domain(activity: str, domain: Domain, by: User | None, after: Domain | None = None) -> None:
    """That a domain was claimed, changed to `after`, or given up; `by` None: by the system itself.

    An update that changed nothing is not noted.
    """
    if activity == "created":
        changes = [change(DOMAIN, "domain", None, domain.domain)]
    else:
        before, now = (
            {name: value for name, value in snapshot(each).items() if name != _NOBODY_CHANGES}
            for each in (domain, after or domain)
        )
        changes = changes_between(DOMAIN, before, now, masked=[_SCIM_TOKEN])
    record_activity(
        scope=DOMAIN,
        activity=activity,
        item_id=domain.pk,
        user=by,
        organization=domain.organization,
        name=domain.domain,
        changes=changes,
    )
