"""Claiming, changing and giving up domains, for the API and the pages. What is given has been checked before."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.domains.history import note_domain
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Organization, User


@transaction.atomic
def claim(organization: Organization, by: User, **fields: Any) -> Domain:
    """A new domain of the organization, verified only where the operator trusts whoever claims one."""
    verified_at = timezone.now() if settings.HEDGEROW.trust_domains else None
    domain = Domain.objects.create(organization=organization, verified_at=verified_at, **fields)
    note_domain("created", domain, by)
    return domain


@transaction.atomic
def change_domain(domain: Domain, by: User | None, **fields: Any) -> str | None:
    """Change the domain; `by` None: by the system itself. Switching SCIM on gives its token, which is told
    only now; switching it off forgets it."""
    before = _locked(domain)
    for name, value in fields.items():
        setattr(domain, name, value)
    token = None
    if not domain.scim_enabled:
        domain.scim_token_hash = ""
    elif not domain.has_scim:
        token = domain.give_scim_token()
    domain.save(update_fields=[*fields, "scim_token_hash", "updated_at"])
    note_domain("updated", before, by, after=domain)
    return token


@transaction.atomic
def renew_scim_token(domain: Domain, by: User) -> str:
    """A new SCIM token, told only now; the one before stops at once. Raises ValidationError while SCIM is off."""
    before = _locked(domain)
    if not domain.has_scim:
        raise ValidationError("SCIM is not enabled for this domain", code="scim_not_enabled")
    token = domain.give_scim_token()
    domain.save(update_fields=["scim_token_hash", "updated_at"])
    note_domain("updated", before, by, after=domain)
    return token


@transaction.atomic
def give_up(domain: Domain, by: User) -> None:
    """Remove the domain, with its SAML and SCIM; its people stay."""
    note_domain("deleted", domain, by)
    domain.delete()


@transaction.atomic
def lift_enforcement(name: str) -> Domain | None:
    """Let the domain's people log in with their passwords again, in the name of the system.

    Gives the domain, None when nobody has claimed it.
    """
    domain = Domain.objects.filter(domain=name.strip().lower()).first()
    if domain is not None:
        change_domain(domain, None, sso_enforcement="")
    return domain


def _locked(domain: Domain) -> Domain:
    """The domain as it is now, which nobody else changes until the transaction ends; `domain` becomes so, too.

    Raises NotFound when it is gone.
    """
    now = Domain.objects.select_for_update(of=("self",)).select_related("organization").filter(pk=domain.pk).first()
    if now is None:
        raise NotFound()
    domain.refresh_from_db()
    return now
