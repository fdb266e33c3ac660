"""Browsers that are not asked for the second factor again for thirty days."""

import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from hedgerow.accounts.models import RememberedDevice
from hedgerow.accounts.sealing import keyed_hash
from hedgerow.organizations.models import User

COOKIE = "remembered_device"
REMEMBERED_FOR = timedelta(days=30)


def remember_device(response: HttpResponseBase, user: User) -> None:
    """Give the browser a cookie that stands in for the person's second factor."""
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + REMEMBERED_FOR
    RememberedDevice.objects.create(user=user, token_hash=_hash(token), expires_at=expires_at)
    age = int(REMEMBERED_FOR.total_seconds())
    response.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="Lax")


def is_remembered(request: HttpRequest, user: User) -> bool:
    """Whether the request comes from a browser that the person had remembered."""
    token = request.COOKIES.get(COOKIE, "")
    remembered = RememberedDevice.objects.filter(user=user, expires_at__gt=timezone.now())
    return bool(token) and remembered.filter(token_hash=_hash(token)).exists()


def forget_over_devices() -> None:
    """Remove the devices whose time is over."""
    RememberedDevice.objects.filter(expires_at__lte=timezone.now()).delete()


def _hash(token: str) -> str:
    return keyed_hash("remembered device", token)
