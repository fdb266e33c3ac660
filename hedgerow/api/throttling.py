"""Rate limits of calls made with a personal API key, when they are switched on. Counted for each key by itself.

People's sessions are never limited. Windows slide: the n-th call is allowed when fewer than n calls were made during
the last minute or hour. Projects in `rate_limit_exempt_projects` are left out.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from hedgerow.api.scopes import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one


class KeyThrottle(SimpleRateThrottle):
    """A limit of calls with one key; subclasses name their `scope` and `rate`."""

    scope = "key"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether the call may go on."""
        if not settings.HEDGEROW.rate_limit_enabled:
            return True
        return super().allow_request(request, view)

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
