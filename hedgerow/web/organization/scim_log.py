"""What the identity provider of a domain asked, and what it was answered."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from hedgerow.scim.models import ScimRequest
from hedgerow.web.organization.domains import TAB
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.records import ROWS, offset_of, pages_of
from hedgerow.web.rendering import not_found

REFUSED = 400
"""The statuses from here on tell that a request was refused."""


@organization_page
def page(place: Place, domain_id: UUID) -> HttpResponse:
    """The requests, the newest first; `?refused` narrows them to those that were refused. For admins."""
    domain = place.organization.domains.filter(pk=domain_id).first()
    if domain is None or not place.is_admin:
        return not_found(place.request)
    asked = ScimRequest.objects.filter(domain=domain).order_by("-created_at", "-id")
    is_narrowed = "refused" in place.request.GET
    if is_narrowed:
        asked = asked.filter(response_status__gte=REFUSED)
    offset = offset_of(place.request)
    found = list(asked[offset : offset + ROWS + 1])
    context = {
        "domain": domain,
        "entries": [_told(each) for each in found[:ROWS]],
        "is_narrowed": is_narrowed,
        "pages": pages_of(place.request, offset, len(found[:ROWS]), has_more=len(found) > ROWS),
    }
    return place.render("scim_log", TAB, context)


def _told(request: ScimRequest) -> dict[str, Any]:
    return {
        "request": request,
        "is_refused": request.response_status >= REFUSED,
        "parts": [
            (title, json.dumps(value, indent=2, ensure_ascii=False))
            for title, value in (
                ("Headers", request.request_headers),
                ("Asked", request.request_body),
                ("Answered", request.response_body),
            )
            if value
        ],
    }
