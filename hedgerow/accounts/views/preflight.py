"""The state of the instance, for clients that are not logged in."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.accounts.views.open import OpenView
from hedgerow.mail.sending import is_configured as mail_is_configured
from hedgerow.organizations.models import Organization
from hedgerow.organizations.signup import signup_is_open
from hedgerow.sso.providers import configured

PROVIDERS = ("google-oauth2", "github", "gitlab")


class PreflightView(OpenView):
    """`GET /_preflight/`."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """What there is, and what may be done."""
        providers = configured()
        return Response(
            {
                **dict.fromkeys(("django", "db", "redis", "plugins", "celery", "clickhouse", "kafka"), True),
                "initiated": Organization.objects.exists(),
                "cloud": False,
                "demo": False,
                "realm": "hosted-clickhouse",
                "region": None,
                "can_create_org": signup_is_open(),
                "email_service_available": mail_is_configured(),
                "available_social_auth_providers": {name: name in providers for name in PROVIDERS},
                "slack_service": {"available": False, "client_id": None},
                "object_storage": bool(settings.HEDGEROW.blobs_url),
                "site_url": settings.HEDGEROW.base_url,
            }
        )
