"""`/api/reset`: a new password by a link in a mail."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.passwords import ask_for_reset, person_of_reset, reset_password
from hedgerow.accounts.throttling import ResetMails
from hedgerow.accounts.views.open import OpenView, SuccessSerializer
from hedgerow.api.asked import checked


class ResetAskedSerializer(serializers.Serializer[Any]):
    """Who has forgotten the password."""

    email = serializers.EmailField(max_length=254)


class AskForResetView(OpenView):
    """`POST /api/reset`: have a link sent."""

    throttle_classes = [ResetMails]

    @extend_schema(request=ResetAskedSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ask; the answer does not tell whether the address has an account."""
        ask_for_reset(checked(ResetAskedSerializer(data=request.data))["email"])
        return Response(status=204)


class ChosenPasswordSerializer(serializers.Serializer[Any]):
    """The token of the link, and the password chosen."""

    token = serializers.CharField(max_length=100)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class WasResetSerializer(SuccessSerializer):
    """Whose password it is."""

    email = serializers.EmailField()


class ResetView(OpenView):
    """`/api/reset/:user_uuid`: whether a link is good, and using it."""

    @extend_schema(operation_id="reset_check", parameters=[OpenApiParameter("token", str)], responses={200: None})
    def get(self, request: Request, user_uuid: str) -> Response:
        """Whether the link is good."""
        person_of_reset(user_uuid, request.query_params.get("token", ""))
        return Response()

    @extend_schema(operation_id="reset_password", request=ChosenPasswordSerializer, responses=WasResetSerializer)
    def post(self, request: Request, user_uuid: str) -> Response:
        """Choose a password; every session of the person ends."""
        given = checked(ChosenPasswordSerializer(data=request.data))
        user = reset_password(user_uuid, given["token"], given["password"])
        return Response({"success": True, "email": user.email})
