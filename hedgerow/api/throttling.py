"""Rate limits, when they are switched on: of calls made with a personal API key, counted for each key by itself, and of
what callers nobody knows may do, counted by address.

People's sessions are never limited. Windows slide: the n-th call is allowed when fewer than n calls were made during
the last minute or hour. Projects in `rate_limit_exempt_projects` are left out.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from hedgerow.api.scopes import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one


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


class SwitchedThrottle(SimpleRateThrottle):
    """A limit that counts only while rate limits are switched on; subclasses name their `scope` and `rate`."""

    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether the call may go on. The tightest limit of a request is kept with it as `allowance`."""
        if not settings.HEDGEROW.rate_limit_enabled:
            return True
        allowed = super().allow_request(request, view)
        if self.key is not None:
            oldest = self.history[-1] if self.history else self.now
            left = Allowance(
                self.num_requests, self.num_requests - len(self.history), math.ceil(oldest + self.duration)
            )
            known: Allowance | None = getattr(request._request, "allowance", None)
            if known is None or left.remaining < known.remaining:
                request._request.allowance = left  # type: ignore[attr-defined]
        return allowed


class KeyThrottle(SwitchedThrottle):
    """A limit of calls with one key."""

    scope = "key"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """What is counted together: calls of one key in one class. None: not limited."""
        key: Any = request.auth
        if not isinstance(key, Key):
            return None
        project = getattr(view, "project", None)
        if project is not None and project.id in settings.HEDGEROW.rate_limit_exempt_projects:
            return None
        return self.cache_format % {"scope": self.scope, "ident": key.identity}


class CrudBurst(KeyThrottle):
    """Ordinary calls in a minute."""

    scope = "crud_burst"
    rate = "480/minute"


class CrudSustained(KeyThrottle):
    """Ordinary calls in an hour."""

    scope = "crud_sustained"
    rate = "4800/hour"


class QueryBurst(KeyThrottle):
    """Queries in a minute."""

    scope = "query_burst"
    rate = "240/minute"


class QuerySustained(KeyThrottle):
    """Queries in an hour."""

    scope = "query_sustained"
    rate = "2400/hour"


class RawSQLSustained(KeyThrottle):
    """Queries written in HogQL in an hour."""

    scope = "raw_sql_sustained"
    rate = "120/hour"


class AddressThrottle(SwitchedThrottle):
    """A limit of calls from one address."""

    scope = "address"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """What is counted together: calls from one address in one class."""
        return self.cache_format % {"scope": self.scope, "ident": request.META.get("REMOTE_ADDR", "")}


class Signups(AddressThrottle):
    """Attempts to sign up from an address in a day."""

    scope = "signup"
    rate = "5/day"


class LoginPrechecks(AddressThrottle):
    """Questions from an address, in a minute, how somebody may log in."""

    scope = "login_precheck"
    rate = "30/minute"


class TestDeliveries(SimpleRateThrottle):
    """Test deliveries of a project in a minute, whoever asks for them; counted also where rate limits are off."""

    scope = "test_delivery"
    rate = "10/minute"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """What is counted together: those of all subscriptions of a project."""
        project = getattr(view, "project", None)
        return None if project is None else self.cache_format % {"scope": self.scope, "ident": project.pk}
