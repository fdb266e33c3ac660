"""One domain of an organization: the proof that it is theirs, and how its people sign in."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from hedgerow.api.asked import checked
from hedgerow.api.levels import Level
from hedgerow.domains.changing import change_domain, give_up, renew_scim_token
from hedgerow.domains.models import Domain, Enforcement
from hedgerow.domains.ownership import enforceable
from hedgerow.domains.serializers import SAML, DomainSerializer, scim_base_url
from hedgerow.domains.verification import record_name, verify
from hedgerow.sso.saml.service_provider import acs_url, entity_id
from hedgerow.web.organization.domains import TAB
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.rendering import not_found
from hedgerow.web.sent_forms import answered, switches

Step = Callable[[Place, Domain], HttpResponse | None]


@organization_page
def page(place: Place, domain_id: UUID) -> HttpResponse:
    """The domain; members see it, admins change it."""
    domain = place.organization.domains.select_related("organization").filter(pk=domain_id).first()
    if domain is None:
        return not_found(place.request)
    steps: dict[str, Step] = {
        "verify": _verify,
        "people": _change_people,
        "saml": _change_saml,
        "scim-on": _switch_scim_on,
        "scim-off": _switch_scim_off,
        "scim-token": _renew_token,
        "give-up": _give_up,
    }
    changes = {name: partial(_by_admin, step) for name, step in steps.items()}
    return answered(place, changes, _shown, domain)


def _by_admin(step: Step, place: Place, domain: Domain) -> HttpResponse | None:
    place.require(Level.ADMIN)
    return step(place, domain)


def _shown(place: Place, domain: Domain, told: dict[str, Any], status: int) -> HttpResponse:
    domain.refresh_from_db()
    saml = {name: getattr(domain, name) or "" for name in SAML}
    if told["failed"] == "saml":
        saml |= {name: told["given"].get(name, "") for name in SAML}
    context = {
        "domain": domain,
        "record": record_name(domain),
        "ways": [
            {"value": value, "label": label, "is_chosen": value == domain.sso_enforcement}
            for value, label in Enforcement.choices
            if value == domain.sso_enforcement or enforceable(domain, value)
        ],
        "enforced": domain.get_sso_enforcement_display(),
        "works": not domain.sso_enforcement or enforceable(domain),
        "saml": saml,
        "entity_id": entity_id(),
        "acs_url": acs_url(),
        "scim_address": scim_base_url(domain),
        **told,
    }
    return place.render("domain", TAB, context, status)


def _verify(place: Place, domain: Domain) -> None:
    if not domain.is_verified:
        verify(domain, place.user)
        domain.refresh_from_db()
    if domain.is_verified:
        place.say(f"{domain.domain} is verified.")


def _change_people(place: Place, domain: Domain) -> None:
    fields = {
        **switches(place.request, "jit_provisioning_enabled"),
        "sso_enforcement": place.sent("sso_enforcement"),
    }
    _change(place, domain, fields)
    place.say("Saved.")


def _change_saml(place: Place, domain: Domain) -> None:
    _change(place, domain, {name: place.sent(name) or None for name in SAML})
    place.say("Saved.")


def _switch_scim_on(place: Place, domain: Domain) -> HttpResponse | None:
    token = _change(place, domain, {"scim_enabled": True})
    return _token_made(place, domain, token) if token else None


def _switch_scim_off(place: Place, domain: Domain) -> None:
    _change(place, domain, {"scim_enabled": False})
    place.say("SCIM is off. The token does not work any more.")


def _renew_token(place: Place, domain: Domain) -> HttpResponse:
    return _token_made(place, domain, renew_scim_token(domain, place.user))


def _give_up(place: Place, domain: Domain) -> HttpResponse:
    give_up(domain, place.user)
    place.say(f"{domain.domain} is given up. Its people stay.")
    return place.go(TAB)


def _change(place: Place, domain: Domain, fields: dict[str, Any]) -> str | None:
    """Change the domain by the rules of the API; the SCIM token, if that makes one."""
    return change_domain(domain, place.user, **checked(DomainSerializer(domain, data=fields, partial=True)))


def _token_made(place: Place, domain: Domain, token: str) -> HttpResponse:
    context = {"domain": domain, "value": token, "scim_address": scim_base_url(domain)}
    return place.render("token_made", TAB, context)
