"""`/api/cli-auth/`: letting a command-line program in. Its errors are those of RFC 8628, not the API's."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.device_flow import DeviceFlowError, authorize, poll, start
from hedgerow.accounts.enforcement import SessionAuthentication
from hedgerow.accounts.models import DEVICE_CODE_LIFE
from hedgerow.accounts.throttling import DeviceCodes
from hedgerow.accounts.views.open import OpenView
from hedgerow.api.access import caller
from hedgerow.api.asked import checked

POLL_SECONDS = 5


class DeviceRefusalSerializer(serializers.Serializer[Any]):
    """Why not."""

    status = serializers.CharField(required=False)
    error = serializers.CharField()
    error_description = serializers.CharField()


class DeviceCodeSerializer(serializers.Serializer[Any]):
    """The program's code, the person's, and where that is entered."""

    device_code = serializers.CharField()
    user_code = serializers.CharField()
    verification_uri = serializers.CharField()
    verification_uri_complete = serializers.CharField()
    expires_in = serializers.IntegerField()
    interval = serializers.IntegerField()


class DeviceCodeView(OpenView):
    """`POST /api/cli-auth/device-code`."""

    throttle_classes = [DeviceCodes]

    @extend_schema(request=None, responses=DeviceCodeSerializer)
    def post(self, request: Request) -> Response:
        """Begin."""
        started, page = start(), f"{settings.HEDGEROW.base_url}/cli/authorize"
        return Response(
            {
                "device_code": started.device_code,
                "user_code": started.user_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?code={started.user_code}",
                "expires_in": int(DEVICE_CODE_LIFE.total_seconds()),
                "interval": POLL_SECONDS,
            }
        )


class AuthorizeSerializer(serializers.Serializer[Any]):
    """Which program, and for which project."""

    user_code = serializers.CharField(max_length=20)
    project_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


class AuthorizeDeviceView(OpenView):
    """`POST /api/cli-auth/authorize`, without a CSRF token: only JSON is taken, which no form on another site can send,
    and the session's cookie does not come along with what other sites send."""

    authentication_classes = [SessionAuthentication]
    needs_csrf_token = False
    permission_classes = [IsAuthenticated]

    @extend_schema(
        request=AuthorizeSerializer,
        responses={
            200: inline_serializer(
                "AuthorizedDevice",
                {
                    "status": serializers.CharField(),
                    "label": serializers.CharField(),
                    "mask_value": serializers.CharField(),
                },
            ),
            400: DeviceRefusalSerializer,
            403: DeviceRefusalSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Let the program in."""
        given = checked(AuthorizeSerializer(data=request.data))
        try:
            key = authorize(caller(request), given["user_code"], given["project_id"])
        except DeviceFlowError as error:
            status = 403 if error.code == "access_denied" else 400
            return Response({"error": error.code, "error_description": error.description}, status=status)
        return Response({"status": "success", "label": key.label, "mask_value": key.mask_value})


class PollSerializer(serializers.Serializer[Any]):
    """Which program asks."""

    device_code = serializers.CharField(max_length=100)


class PollDeviceView(OpenView):
    """`POST /api/cli-auth/poll`."""

    @extend_schema(
        request=PollSerializer,
        responses={
            200: inline_serializer(
                "PolledDevice",
                {
                    "status": serializers.CharField(),
                    "personal_api_key": serializers.CharField(),
                    "label": serializers.CharField(),
                    "project_id": serializers.CharField(),
                },
            ),
            202: inline_serializer("PendingDevice", {"status": serializers.CharField()}),
            400: DeviceRefusalSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Ask whether somebody has let the program in; the key is told once."""
        try:
            answer = poll(checked(PollSerializer(data=request.data))["device_code"])
        except DeviceFlowError as error:
            body = {"status": "expired", "error": error.code, "error_description": error.description}
            return Response(body, status=400)
        if answer is None:
            return Response({"status": "pending"}, status=202)
        return Response(
            {
                "status": "authorized",
                "personal_api_key": answer.key,
                "label": answer.label,
                "project_id": str(answer.project_id),
            }
        )
