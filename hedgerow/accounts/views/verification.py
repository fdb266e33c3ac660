"""Confirming an address: `/api/users/verify_email/` and what belongs to it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.accounts.login import log_in_verified
from hedgerow.accounts.throttling import VerificationMails
from hedgerow.accounts.verification import cancel_email_change, send_link_again, verify_email
from hedgerow.accounts.views.open import OpenView, SuccessSerializer
from hedgerow.api.access import caller
from hedgerow.api.asked import checked


class VerificationSerializer(serializers.Serializer[Any]):
    """What the link in the mail says."""

    uuid = serializers.CharField(max_length=36)
    token = serializers.CharField(max_length=100)


class VerifiedSerializer(SuccessSerializer):
    """That it worked."""

    token = serializers.CharField()


class VerifyEmailView(OpenView):
    """`POST /api/users/verify_email`."""

    @extend_schema(request=VerificationSerializer, responses=VerifiedSerializer)
    def post(self, request: Request) -> Response:
        """Confirm the address; the person is signed in, unless that takes more than a mail."""
        given = checked(VerificationSerializer(data=request.data))
        log_in_verified(request._request, verify_email(given["uuid"], given["token"]))
        return Response({"success": True, "token": given["token"]})


class PersonSerializer(serializers.Serializer[Any]):
    """Whose address is to be confirmed."""

    uuid = serializers.CharField(max_length=36)


class RequestVerificationView(OpenView):
    """`POST /api/users/request_email_verification`."""

    throttle_classes = [VerificationMails]

    @extend_schema(request=PersonSerializer, responses=SuccessSerializer)
    def post(self, request: Request) -> Response:
        """Have the link sent again; the answer is the same for everybody."""
        send_link_again(checked(PersonSerializer(data=request.data))["uuid"])
        return Response({"success": True})


class WithEmailChange(GenericViewSet[Any]):
    """Taking back a change of the address."""

    @extend_schema(request=None)
    @action(methods=["PATCH"], detail=False, required_scopes=["user:write"])
    def cancel_email_change_request(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep the address."""
        user = caller(request)
        cancel_email_change(user)
        return Response(self.get_serializer(user).data)
