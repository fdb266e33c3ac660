"""The addresses of single sign-on: where a login begins, where providers send people back to, and the metadata."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.views.open import OpenView
from hedgerow.api.access import membership_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.api.throttling import Signups
from hedgerow.api.views import CURRENT, ScopedView, find_organization
from hedgerow.organizations.models import Organization
from hedgerow.organizations.signup import signup_is_open
from hedgerow.sso import code_flow
from hedgerow.sso.arriving import arrive
from hedgerow.sso.problems import LoginRefused, login_page
from hedgerow.sso.providers import KNOWN, SAML, Provider, named
from hedgerow.sso.saml.logins import send_to_identity_provider, take_answer
from hedgerow.sso.saml.service_provider import metadata
from hedgerow.sso.signing_up import keep_newcomer, sign_up_newcomer

log = structlog.get_logger(__name__)

HOME = "/"
CONFIRM_ORGANIZATION = "/organization/confirm-creation"
"""The page for people who have no account yet, where anybody may make one."""
LONGEST_TARGET = 2000


@require_GET
def start(request: HttpRequest, provider: str) -> HttpResponse:
    """`GET /login/<provider>/?next=`: on to the provider; for SAML `email` says to whose identity provider."""
    target = _target(request)
    try:
        if provider == SAML:
            return send_to_identity_provider(request, request.GET.get("email", ""), target)
        return HttpResponseRedirect(code_flow.begin(request, _provider(provider), target))
    except LoginRefused as refused:
        return _refused(provider, refused)


@csrf_exempt  # an identity provider's answer is a form on its own site; the signature says who it is from
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, provider: str) -> HttpResponse:
    """`/complete/<provider>/`: where the provider sends people back to; SAML does so with POST, all others with GET."""
    if (request.method == "POST") != (provider == SAML):
        return HttpResponse(status=405, headers={"Allow": "POST" if provider == SAML else "GET"})
    try:
        if provider == SAML:
            person, target = take_answer(request)
        else:
            person, target = code_flow.complete(request, _provider(provider))
    except LoginRefused as refused:
        return _refused(provider, refused)
    try:
        arrive(request, person)
    except LoginRefused as refused:
        if refused.code == "no_account" and signup_is_open():
            keep_newcomer(request, person)
            return HttpResponseRedirect(CONFIRM_ORGANIZATION)
        return _refused(provider, refused)
    return HttpResponseRedirect(target)


def _provider(name: str) -> Provider:
    if name not in KNOWN:
        raise LoginRefused("invalid_sso_provider")
    provider = named(name)
    if provider is None:
        raise LoginRefused("improperly_configured_sso")
    return provider


def _target(request: HttpRequest) -> str:
    """The page of this server that a person was going to."""
    target = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours and len(target) <= LONGEST_TARGET else HOME


def _refused(provider: str, refused: LoginRefused) -> HttpResponse:
    log.warning("login_refused", provider=provider, code=refused.code, reason=refused.reason)
    return HttpResponseRedirect(login_page(refused.code))


class XMLRenderer(BaseRenderer):
    """Writes a text that is XML already."""

    media_type = "text/xml"
    format = "xml"
    charset = "utf-8"

    def render(
        self, data: str, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> str:
        """The text."""
        return data


class SamlMetadataView(ScopedView):
    """`GET /api/saml/metadata/`: what an identity provider has to know of this server. For admins."""

    renderer_classes = [XMLRenderer]
    scope_object = "organization"

    @cached_property
    def organization(self) -> Organization:
        """The organization that the caller works in. Raises NotFound when there is none."""
        return find_organization(self.request, CURRENT)

    @extend_schema(operation_id="saml_metadata_retrieve", responses={(200, "text/xml"): OpenApiTypes.STR})
    def get(self, request: Request) -> Response:
        """The metadata."""
        level = membership_level(request.user, self.organization.pk)
        if level is None or level < Level.ADMIN:
            raise PermissionDenied("You need to be an administrator or owner to access this resource.")
        return Response(metadata())


class SocialSignupSerializer(serializers.Serializer[Any]):
    """What somebody who has come from a provider says of themselves."""

    organization_name = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    first_name = serializers.CharField(max_length=128, required=False, allow_blank=True, default="")


class SocialSignupView(OpenView):
    """`POST /api/social_signup`: an account and an organization for who has just come from a provider."""

    throttle_classes = [Signups]

    @extend_schema(
        request=SocialSignupSerializer,
        responses={201: inline_serializer("SocialSignedUp", {"continue_url": serializers.CharField()})},
    )
    def post(self, request: Request) -> Response:
        """Sign up."""
        given = SocialSignupSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sign_up_newcomer(request._request, **given.validated_data)
        return Response({"continue_url": HOME}, status=201)
