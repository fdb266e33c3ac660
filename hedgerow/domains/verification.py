"""Whether a domain is its organization's: the DNS tells.

The owner puts a TXT record `_posthog-challenge.<domain>` with the domain's challenge into the DNS. The DNS is asked
when somebody wants that, and regularly: each hour for the domains of the last days that wait, each day for the verified
ones.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from dns.exception import DNSException
from dns.resolver import Resolver

from hedgerow.domains.history import note_domain
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User
from hedgerow.settings import server_address

CHALLENGE = "_posthog-challenge"
DNS_SECONDS = 5.0
"""How long an answer of the DNS is waited for."""
DNS_PORT = 53
WAITS_FOR = timedelta(days=7)
"""How long a domain that is not verified yet is looked up by itself."""

log = structlog.get_logger(__name__)


def verify(domain: Domain, by: User | None) -> None:
    """Look the domain up and note when; it is verified from now on if its challenge is there. `by` None: the system."""
    now = timezone.now()
    found = challenge_is_published(domain)
    with transaction.atomic():
        waiting = Domain.objects.select_for_update().filter(pk=domain.pk, verified_at=None).first()
        if waiting is None:
            return  # somebody else was faster, or it is gone
        waiting.last_checked_at = now
        waiting.verified_at = now if found else None
        waiting.save(update_fields=["last_checked_at", "verified_at", "updated_at"])
        note_domain("updated", domain, by, after=waiting)


def waiting_domains() -> QuerySet[Domain]:
    """The domains that wait for their proof, since a few days at most."""
    return Domain.objects.filter(verified_at=None, created_at__gt=timezone.now() - WAITS_FOR)


def recheck(domain: Domain) -> None:
    """Look a verified domain up. If its record is gone it stays verified, and the log says so."""
    if not challenge_is_published(domain):
        log.warning("domain_record_gone", domain=domain.domain, record=record_name(domain))
    Domain.objects.filter(pk=domain.pk).update(last_checked_at=timezone.now())


def record_name(domain: Domain) -> str:
    """Where in the DNS the challenge has to be."""
    return f"{CHALLENGE}.{domain.domain}."


def challenge_is_published(domain: Domain) -> bool:
    """Whether a TXT record with the challenge is in the DNS now.

    A name that is not there, a server that does not answer in time or cannot find out: all mean no.
    """
    try:
        answer = _resolver().resolve(record_name(domain), "TXT", search=False, lifetime=DNS_SECONDS)
    except DNSException as error:
        log.info("domain_not_looked_up", domain=domain.domain, reason=type(error).__name__)
        return False
    wanted = domain.verification_challenge.encode()
    return any(b"".join(record.strings) == wanted for record in answer)


def _resolver() -> Resolver:
    """Asks the server of the settings, or those the machine asks. Raises DNSException when it knows none."""
    server = settings.HEDGEROW.dns_server
    if not server:
        return Resolver()
    resolver = Resolver(configure=False)
    address, resolver.port = server_address(server, DNS_PORT)
    resolver.nameservers = [address]
    return resolver
