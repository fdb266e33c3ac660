"""`/api/organizations/:organization_id/domains/`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.api.access import MemberPermission, caller, membership_level
from hedgerow.api.errors import ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.scopes import KeyPermission
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import OrganizationView, OrganizationViewSet
from hedgerow.domains.changing import change_domain, claim, give_up, renew_scim_token
from hedgerow.domains.models import Domain
from hedgerow.domains.serializers import DomainSerializer, NewSCIMTokenSerializer, scim_base_url
from hedgerow.domains.verification import verify


class AdminWrites(BasePermission):
    """Members read; admins of the organization change."""

    message = "Your organization access level is insufficient."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may."""
        if request.method in SAFE_METHODS:
            return True
        assert isinstance(view, OrganizationView)
        level = membership_level(request.user, view.organization.pk)
        return level is not None and level >= Level.ADMIN


class DomainsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    OrganizationViewSet[Domain],
):
    """The e-mail domains an organization claims, and how their people log in."""

    queryset = Domain.objects.select_related("organization").order_by("domain")
    serializer_class = DomainSerializer
    permission_classes = [IsAuthenticated, KeyPermission, MemberPermission, AdminWrites, RecentLogin]
    scope_object = "organization"
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def perform_create(self, serializer: serializers.BaseSerializer[Domain]) -> None:
        """Claim a domain."""
        serializer.instance = claim(self.organization, caller(self.request), **serializer.validated_data)

    def perform_update(self, serializer: serializers.BaseSerializer[Domain]) -> None:
        """Change how the domain's people log in."""
        domain = serializer.instance
        assert domain is not None
        domain.new_token = change_domain(  # type: ignore[attr-defined]
            domain, caller(self.request), **serializer.validated_data
        )

    def perform_destroy(self, domain: Domain) -> None:
        """Give the domain up; its people stay."""
        give_up(domain, caller(self.request))

    @action(methods=["POST"], detail=True, required_scopes=["organization:write"])
    def verify(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Look for the challenge in the DNS. The answer is the domain, also when it was not found."""
        domain = self.get_object()
        if domain.is_verified:
            raise ValidationError("This domain has already been verified.", code="already_verified")
        verify(domain, caller(request))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=NewSCIMTokenSerializer)
    @action(methods=["POST"], detail=True, url_path="scim/token", required_scopes=["organization:write"])
    def scim_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a new SCIM token; the one before stops at once."""
        domain = self.get_object()
        token = renew_scim_token(domain, caller(request))
        body = {"scim_enabled": True, "scim_base_url": scim_base_url(domain), "scim_bearer_token": token}
        return Response(body)
