"""The e-mail domains of an organization."""

from typing import Any

from django.http import HttpResponse

from hedgerow.api.asked import checked
from hedgerow.api.levels import Level
from hedgerow.domains.changing import claim
from hedgerow.domains.serializers import DomainSerializer
from hedgerow.sso.saml.service_provider import metadata
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.sent_forms import answered

TAB = "organization_domains"


@organization_page
def page(place: Place) -> HttpResponse:
    """The domains, and claiming one."""
    return answered(place, {"claim": _claim}, _shown)


@organization_page
def saml_metadata(place: Place) -> HttpResponse:
    """What an identity provider has to know of this server, as a file. For admins."""
    if not place.is_admin:
        return place.go(TAB)
    headers = {"Content-Disposition": 'attachment; filename="hedgerow-saml-metadata.xml"'}
    return HttpResponse(metadata(), content_type="text/xml; charset=utf-8", headers=headers)


def _shown(place: Place, told: dict[str, Any], status: int) -> HttpResponse:
    domains = place.organization.domains.order_by("domain")
    return place.render("domains", TAB, {"domains": domains, **told}, status)


def _claim(place: Place) -> HttpResponse:
    place.require(Level.ADMIN)
    fields = checked(DomainSerializer(data={"domain": place.sent("domain").lower()}))
    return place.go("organization_domain", claim(place.organization, place.user, **fields).pk)
