"""`/api/signup/`: new people, with an organization of their own or by an invite."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.enforcement import SessionAuthentication
from hedgerow.accounts.login import let_in, require_password_allowed
from hedgerow.accounts.views.open import OpenView
from hedgerow.api.throttling import Signups
from hedgerow.organizations.models import Invite, User
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.organizations.signup import join, open_invite, sign_up, sign_up_by_invite
from hedgerow.organizations.user_serializer import OCCUPATIONS

HOME = "/"


class NewPersonSerializer(serializers.Serializer[Any]):
    """Who signs up by invite."""

    first_name = serializers.CharField(max_length=128)
    password = serializers.CharField(max_length=128, trim_whitespace=False)

    def validate_password(self, value: str) -> str:
        """A password good enough."""
        validate_password(value)
        return value


class SignupSerializer(NewPersonSerializer):
    """Who signs up, with an organization of their own."""

    last_name = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")
    email = serializers.EmailField(max_length=254)
    organization_name = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    role_at_organization = serializers.ChoiceField(
        choices=OCCUPATIONS, required=False, allow_blank=True, allow_null=True, default=None
    )
    referral_source = serializers.CharField(max_length=1000, required=False, allow_blank=True, write_only=True)


class SignedUpSerializer(UserBasicSerializer):
    """The new person, and the page to go to."""

    redirect_url = serializers.SerializerMethodField()

    class Meta(UserBasicSerializer.Meta):
        fields = [*UserBasicSerializer.Meta.fields, "redirect_url"]

    def get_redirect_url(self, user: User) -> str:
        """Home, or the page that tells of the link to confirm the address."""
        return str(self.context["page"])


class SignupView(OpenView):
    """`POST /api/signup/`: a new person with an organization and a first project, logged in."""

    throttle_classes = [Signups]

    @extend_schema(request=SignupSerializer, responses={201: SignedUpSerializer})
    def post(self, request: Request) -> Response:
        """Sign up."""
        given = SignupSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        fields.pop("referral_source", None)
        require_password_allowed(fields["email"])
        user = sign_up(**fields)
        page = let_in(request._request, user)
        return Response(SignedUpSerializer(user, context={"page": page}).data, status=201)


class InviteInfoSerializer(serializers.ModelSerializer[Invite]):
    """What somebody holding an invite may know of it."""

    target_email = serializers.SerializerMethodField()
    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = Invite
        fields = ["id", "target_email", "first_name", "organization_name"]

    def get_target_email(self, invite: Invite) -> str:
        """The address, partly hidden."""
        local, _, domain = invite.target_email.partition("@")
        return f"{local[:1]}{'*' * 5}{local[-1:]}@{domain}"


class InviteSignupView(OpenView):
    """`/api/signup/:invite_id/`: what an invite is for, and accepting it, as a new person or logged in."""

    authentication_classes = [SessionAuthentication]
    open_without_second_factor = True

    @extend_schema(operation_id="signup_invite_retrieve", responses=InviteInfoSerializer)
    def get(self, request: Request, invite_id: str) -> Response:
        """What the invite is for."""
        return Response(InviteInfoSerializer(open_invite(invite_id)).data)

    @extend_schema(
        operation_id="signup_invite_accept", request=NewPersonSerializer, responses={201: SignedUpSerializer}
    )
    def post(self, request: Request, invite_id: str) -> Response:
        """Accept it."""
        invite = open_invite(invite_id)
        if isinstance(request.user, User):
            user, page = request.user, HOME
            join(user, invite)
        else:
            given = NewPersonSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            require_password_allowed(invite.target_email)
            user = sign_up_by_invite(invite, **given.validated_data)
            page = let_in(request._request, user)
        return Response(SignedUpSerializer(user, context={"page": page}).data, status=201)
