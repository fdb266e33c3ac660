"""Rate limits, when they are switched on: of calls made with a personal API key, counted for each key by itself, and of
what callers nobody knows may do, counted by address.

People's sessions are never limited. Windows slide: the n-th call is allowed when fewer than n calls were made during
the last minute or hour; calls that were refused do not count. Projects in `rate_limit_exempt_projects` are left out.
Test deliveries are limited even where rate limits are off, as they go to others.
"""

import hashlib
import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hedgerow.api.asked import body_if_readable
from hedgerow.api.scopes import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one

MINUTE, HOUR, DAY = 60, 3600, 86_400
CACHE = "rate_limits"
"""The cache in which calls are counted: of this process, as is all that answers calls of the API."""

_counting = threading.Lock()


@dataclass(frozen=True)
class Rate:
    """How many calls there may be in how many seconds."""

    calls: int
    seconds: int


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit: calls that may be made, and the Unix time at which there will be one more."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """How an answer tells it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class Limit(BaseThrottle):
    """Rates that all have to be kept; subclasses say what is counted together."""

    scope: str
    rates: tuple[Rate, ...]
    always_on = False
    _wait: float | None = None

    def counted(self, request: Request, view: "APIView") -> object:
        """What stands for all calls that are counted together. None: the call is not limited."""
        raise NotImplementedError

    def rates_for(self, view: "APIView") -> tuple[Rate, ...]:
        """The rates that a call of this view has to keep."""
        return self.rates

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether the call may go on. The tightest limit of a request is kept with it as `allowance`."""
        if not (self.always_on or settings.HEDGEROW.rate_limit_enabled):
            return True
        counted = self.counted(request, view)
        if counted is None:
            return True
        name = f"{self.scope}:{hashlib.sha256(str(counted).encode('utf-8', 'surrogatepass')).hexdigest()}"
        rates = self.rates_for(view)
        with _counting:
            return self._count(request, name, rates, time.time())

    def wait(self) -> float | None:
        """Seconds until the call would be allowed."""
        return self._wait

    def _count(self, request: Request, name: str, rates: tuple[Rate, ...], now: float) -> bool:
        longest = max(rate.seconds for rate in rates)
        calls = [moment for moment in caches[CACHE].get(name, ()) if moment > now - longest]
        waits = [_wait_for(rate, calls, now) for rate in rates]
        self._wait = max(waits) or None
        if self._wait is None:
            calls.append(now)
            caches[CACHE].set(name, calls, longest)
        for rate in rates:
            _keep_tightest(request, _allowance(rate, calls, now))
        return self._wait is None


class KeyLimit(Limit):
    """A limit of calls with one personal API key."""

    def counted(self, request: Request, view: "APIView") -> object:
        """The key, unless the call is about a project that is left out."""
        key: Any = request.auth
        if not isinstance(key, Key):
            return None
        project = getattr(view, "project", None)
        is_exempt = project is not None and project.id in settings.HEDGEROW.rate_limit_exempt_projects
        return None if is_exempt else key.identity


class OrdinaryCalls(KeyLimit):
    """All calls that no other limit is for."""

    scope = "crud"
    rates = (Rate(480, MINUTE), Rate(4800, HOUR))


class AnalyticsCalls(KeyLimit):
    """Calls that look through events: of insights, persons, recordings."""

    scope = "analytics"
    rates = (Rate(240, MINUTE), Rate(1200, HOUR))


class QueryCalls(KeyLimit):
    """Queries of all kinds."""

    scope = "query"
    rates = (Rate(240, MINUTE), Rate(2400, HOUR))


class RawSQLCalls(KeyLimit):
    """Queries written in HogQL, in an hour; the settings may say otherwise for a project."""

    scope = "raw_sql"
    rates = (Rate(120, HOUR),)

    def rates_for(self, view: "APIView") -> tuple[Rate, ...]:
        """The project's own rate, if it has one."""
        project = getattr(view, "project", None)
        own = settings.HEDGEROW.api_query_rate_limits.get(project.id) if project is not None else None
        return self.rates if own is None else (Rate(own, HOUR),)


class FlagDefinitionCalls(KeyLimit):
    """Questions for the definitions of feature flags."""

    scope = "flag_definitions"
    rates = (Rate(600, MINUTE),)


class AddressLimit(Limit):
    """A limit of calls from one address."""

    def counted(self, request: Request, view: "APIView") -> object:
        """The address of the caller."""
        return request.META.get("REMOTE_ADDR", "")


class Signups(AddressLimit):
    """Attempts to sign up."""

    scope = "signup"
    rates = (Rate(5, DAY),)


class LoginPrechecks(AddressLimit):
    """Questions how somebody may log in. Who is logged in may ask about themselves as often as they like."""

    scope = "login_precheck"
    rates = (Rate(30, MINUTE),)

    def counted(self, request: Request, view: "APIView") -> object:
        """The address of the caller, unless they ask about themselves."""
        own = getattr(get_user(request._request), "email", None)  # views open to everybody do not know who is logged in
        is_own = own is not None and own.lower() == _asked_email(request)
        return None if is_own else super().counted(request, view)


class TestDeliveries(Limit):
    """Test deliveries of a project."""

    scope = "test_delivery"
    rates = (Rate(10, MINUTE),)
    always_on = True

    def counted(self, request: Request, view: "APIView") -> object:
        """The project: those of all its subscriptions together."""
        project = getattr(view, "project", None)
        return None if project is None else project.pk


def _asked_email(request: Request) -> str | None:
    """The e-mail that the body names, in lower case."""
    body = body_if_readable(request)
    email = body.get("email") if isinstance(body, dict) else None
    return email.strip().lower() if isinstance(email, str) else None


def _wait_for(rate: Rate, calls: list[float], now: float) -> float:
    """How long until one more call keeps the rate; `calls` are the moments of those before, the first one first."""
    if len(calls) < rate.calls:
        return 0.0
    return max(0.0, calls[-rate.calls] + rate.seconds - now)


def _allowance(rate: Rate, calls: list[float], now: float) -> Allowance:
    recent = [moment for moment in calls[-rate.calls :] if moment > now - rate.seconds]
    oldest = recent[0] if recent else now
    return Allowance(rate.calls, rate.calls - len(recent), math.ceil(oldest + rate.seconds))


def _keep_tightest(request: Request, left: Allowance) -> None:
    known: Allowance | None = getattr(request._request, "allowance", None)
    if known is None or left.remaining < known.remaining:
        request._request.allowance = left  # type: ignore[attr-defined]
