"""Who may call, and in what form requests and answers travel."""

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from hedgerow.api.rendering import JSONParser, JSONRenderer
from hedgerow.api.views import is_uuid
from hedgerow.domains.models import Domain
from hedgerow.scim.problems import ScimProblem

MEDIA_TYPE = "application/scim+json"
BEARER = "bearer"


class ScimParser(JSONParser):
    """Reads `application/scim+json`."""

    media_type = MEDIA_TYPE


class ScimRenderer(JSONRenderer):
    """Writes `application/scim+json`."""

    media_type = MEDIA_TYPE


class AlwaysScim(BaseContentNegotiation):
    """Answers are SCIM, whatever form was asked for."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """The one for the body's type; a body of no type, or of any JSON, is read as JSON."""
        content_type = (request.content_type or MEDIA_TYPE).partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only one."""
        return renderers[0], renderers[0].media_type


@dataclass(frozen=True)
class Provider:
    """Who calls: the identity provider of a domain. It stands where a person stands in other requests."""

    domain: Domain
    is_authenticated: bool = True


class TokenAuthentication(BaseAuthentication):
    """The SCIM token of the domain in the path, as `Authorization: Bearer …`."""

    def authenticate(self, request: Request) -> tuple[Provider, None]:
        """The domain's identity provider.

        Raises ScimProblem: 401 without a token, 403 for a wrong one, for a domain that is not verified or has SCIM
        switched off, and where there is no domain.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != BEARER or not token.strip():
            raise ScimProblem(401, "No bearer token provided")
        domain_id: str = request.parser_context["kwargs"]["domain_id"]
        domains = Domain.objects.select_related("organization")
        domain = domains.filter(pk=domain_id).first() if is_uuid(domain_id) else None
        if domain is None or not domain.is_scim_token(token.strip()):
            raise ScimProblem(403, "Authentication failed")
        return Provider(domain), None
