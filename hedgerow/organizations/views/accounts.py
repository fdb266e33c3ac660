"""Logging in and out, signing up, and what a client may know before either."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.password_validation import validate_password
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.api.errors import ValidationError
from hedgerow.api.rendering import JSONParser
from hedgerow.api.sessions import SessionAuthentication
from hedgerow.api.throttling import LoginPrechecks, Signups
from hedgerow.organizations.lockout import count_failure, forget_failures, require_unlocked
from hedgerow.organizations.models import Invite, Organization, User
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.organizations.signup import join, open_invite, sign_up, sign_up_by_invite, signup_is_open
from hedgerow.organizations.user_serializer import OCCUPATIONS

HOME = "/"


class OpenView(APIView):
    """A view for people who are not logged in. It takes JSON only, which a form on another site cannot send."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes: list[type[BaseParser]] = [JSONParser]


class LoginSerializer(serializers.Serializer[Any]):
    """What a login needs."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class SuccessSerializer(serializers.Serializer[Any]):
    """That it worked."""

    success = serializers.BooleanField()


class LoginView(OpenView):
    """`POST /api/login`: log in with e-mail and password; the answer sets the session cookie."""

    @extend_schema(request=LoginSerializer, responses=SuccessSerializer)
    def post(self, request: Request) -> Response:
        """Log in."""
        given = LoginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        email, address = given.validated_data["email"], request.META.get("REMOTE_ADDR", "")
        require_unlocked(email, address)
        user = authenticate(request._request, email=email, password=given.validated_data["password"])
        if user is None:
            count_failure(email, address)
            raise ValidationError("Invalid email or password.", code="invalid_credentials")
        forget_failures(email, address)
        login(request._request, user)
        return Response({"success": True})


class PrecheckSerializer(serializers.Serializer[Any]):
    """Whose login is asked about."""

    email = serializers.EmailField(max_length=254)


class LoginPrecheckView(OpenView):
    """`POST /api/login/precheck`: which ways to log in there are for an e-mail, whether or not it has an account."""

    throttle_classes = [LoginPrechecks]

    @extend_schema(
        request=PrecheckSerializer,
        responses=inline_serializer(
            "LoginPrecheck",
            {
                "sso_enforcement": serializers.CharField(allow_null=True),
                "saml_available": serializers.BooleanField(),
            },
        ),
    )
    def post(self, request: Request) -> Response:
        """Only passwords are known."""
        PrecheckSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({"sso_enforcement": None, "saml_available": False})


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
        """The first page."""
        return HOME


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
        user = sign_up(**fields)
        login(request._request, user)
        return Response(SignedUpSerializer(user).data, status=201)


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
            user = request.user
            join(user, invite)
        else:
            given = NewPersonSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            user = sign_up_by_invite(invite, **given.validated_data)
            login(request._request, user)
        return Response(SignedUpSerializer(user).data, status=201)


class PreflightView(OpenView):
    """`GET /_preflight/`: the state of the instance, for clients that are not logged in."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The state."""
        return Response(
            {
                **dict.fromkeys(("django", "db", "redis", "plugins", "celery", "clickhouse", "kafka"), True),
                "initiated": Organization.objects.exists(),
                "cloud": False,
                "demo": False,
                "realm": "hosted-clickhouse",
                "region": None,
                "can_create_org": signup_is_open(),
                "email_service_available": False,
                "available_social_auth_providers": {"google-oauth2": False, "github": False, "gitlab": False},
                "slack_service": {"available": False, "client_id": None},
                "object_storage": False,
                "site_url": settings.HEDGEROW.base_url,
            }
        )
