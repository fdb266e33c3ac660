"""The way back in when a domain's people cannot log in any more."""

from django.db import transaction

from hedgerow.domains.history import note_domain
from hedgerow.domains.models import Domain


@transaction.atomic
def lift_enforcement(name: str) -> Domain | None:
    """Let the domain's people log in with their passwords again. Gives the domain, None when nobody has claimed it."""
    domain = Domain.objects.filter(domain=name.strip().lower()).first()
    if domain is None:
        return None
    before = Domain.objects.get(pk=domain.pk)
    domain.sso_enforcement = ""
    domain.save(update_fields=["sso_enforcement", "updated_at"])
    note_domain("updated", before, None, after=domain)
    return domain
