"""The second factor at `/api/users/@me/`, for sessions only: no key may change how its person signs in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.accounts.models import BackupCode
from hedgerow.accounts.second_factor import (
    confirm_setup,
    fresh_backup_codes,
    has_second_factor,
    start_setup,
    switch_off,
)
from hedgerow.accounts.views.login import CodeSerializer
from hedgerow.accounts.views.open import SuccessSerializer
from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import PermissionDenied
from hedgerow.organizations.models import User

HIDDEN_CODE = "*****-*****"
METHOD = "TOTP"
SETTING_UP = (
    *("two_factor_start_setup", "two_factor_validate", "two_factor_status", "two_factor_backup_codes"),
    *("start_2fa_setup", "validate_2fa"),
)
"""The actions by which a second factor is set up."""


class SecretSerializer(SuccessSerializer):
    """What an authenticator app is given."""

    secret = serializers.CharField()


class SecondFactorSerializer(serializers.Serializer[Any]):
    """Whether a code is asked for after the password. Backup codes are not shown again, only how many are left."""

    is_enabled = serializers.BooleanField()
    backup_codes = serializers.ListField(child=serializers.CharField())
    method = serializers.ChoiceField(choices=[METHOD], allow_null=True)


class BackupCodesSerializer(serializers.Serializer[Any]):
    """New backup codes, told once."""

    backup_codes = serializers.ListField(child=serializers.CharField())


class WithSecondFactor(GenericViewSet[User]):
    """The second factor of the caller."""

    @extend_schema(responses=SecretSerializer)
    @action(methods=["GET"], detail=True)
    def two_factor_start_setup(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A secret for the app, to be confirmed within ten minutes."""
        return self._start()

    @extend_schema(request=CodeSerializer, responses=SuccessSerializer)
    @action(methods=["POST"], detail=True)
    def two_factor_validate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Confirm the secret with a code of the app; from now on a code is asked for at each login."""
        return self._confirm()

    @extend_schema(responses=SecondFactorSerializer)
    @action(methods=["GET"], detail=True, required_scopes=["user:read"])
    def two_factor_status(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Whether it is on."""
        user = self._person()
        enabled = has_second_factor(user)
        left = BackupCode.objects.filter(user=user).count() if enabled else 0
        return Response(
            {"is_enabled": enabled, "backup_codes": [HIDDEN_CODE] * left, "method": METHOD if enabled else None}
        )

    @extend_schema(request=None, responses=BackupCodesSerializer)
    @action(methods=["POST"], detail=True)
    def two_factor_backup_codes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Five fresh backup codes; older ones stop working."""
        return Response({"backup_codes": fresh_backup_codes(self._person())})

    @extend_schema(request=None, responses=SuccessSerializer)
    @action(methods=["POST"], detail=True)
    def two_factor_disable(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for no code any more."""
        switch_off(self._person())
        return Response({"success": True})

    @extend_schema(exclude=True)
    @action(methods=["GET"], detail=True)
    def start_2fa_setup(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Another name of `two_factor_start_setup`."""
        return self._start()

    @extend_schema(exclude=True)
    @action(methods=["POST"], detail=True)
    def validate_2fa(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Another name of `two_factor_validate`."""
        return self._confirm()

    def _start(self) -> Response:
        self._person()
        return Response({"success": True, "secret": start_setup(self.request._request)})

    def _confirm(self) -> Response:
        token = checked(CodeSerializer(data=self.request.data))["token"]
        confirm_setup(self.request._request, self._person(), token)
        return Response({"success": True})

    def _person(self) -> User:
        """The caller. Raises PermissionDenied where the path names somebody else."""
        user = self.get_object()
        if user.pk != caller(self.request).pk:
            raise PermissionDenied()
        return user
