"""`/api/login`: logging in, in one step or two, and which ways there are to do so."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.login import log_in_by_code, log_in_by_password
from hedgerow.accounts.remembered import remember_device
from hedgerow.accounts.views.open import OpenView, SuccessSerializer
from hedgerow.api.asked import checked
from hedgerow.api.throttling import LoginPrechecks
from hedgerow.domains.ownership import enforced_provider, saml_domain

LONGEST_CODE = 40


class LoginSerializer(serializers.Serializer[Any]):
    """What a login needs."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class LoginView(OpenView):
    """`POST /api/login`: log in with e-mail and password; the answer sets the session cookie."""

    @extend_schema(request=LoginSerializer, responses=SuccessSerializer)
    def post(self, request: Request) -> Response:
        """Log in; with a second factor the answer is 401 `2fa_required`, and `/api/login/token` follows."""
        given = checked(LoginSerializer(data=request.data))
        log_in_by_password(request._request, given["email"], given["password"])
        return Response({"success": True})


class CodeSerializer(serializers.Serializer[Any]):
    """A code of the authenticator app, or a backup code."""

    token = serializers.CharField(max_length=LONGEST_CODE)


class LoginTokenView(OpenView):
    """`POST /api/login/token`: the second step, within ten minutes of the first and in the same session."""

    @extend_schema(request=CodeSerializer, responses=SuccessSerializer)
    def post(self, request: Request) -> Response:
        """Finish the login; this browser is not asked for a code again for thirty days."""
        given = checked(CodeSerializer(data=request.data))
        user = log_in_by_code(request._request, given["token"])
        response = Response({"success": True})
        remember_device(response, user)
        return response


class PrecheckSerializer(serializers.Serializer[Any]):
    """Whose login is asked about."""

    email = serializers.EmailField(max_length=254)


class WaysSerializer(serializers.Serializer[Any]):
    """The ways to log in that an e-mail's domain leaves."""

    sso_enforcement = serializers.CharField(allow_null=True)
    saml_available = serializers.BooleanField()


class LoginPrecheckView(OpenView):
    """`POST /api/login/precheck`: which ways to log in there are for an e-mail, whether or not it has an account."""

    throttle_classes = [LoginPrechecks]

    @extend_schema(request=PrecheckSerializer, responses=WaysSerializer)
    def post(self, request: Request) -> Response:
        """What the domain of the e-mail says."""
        email = checked(PrecheckSerializer(data=request.data))["email"]
        return Response({"sso_enforcement": enforced_provider(email), "saml_available": saml_domain(email) is not None})
