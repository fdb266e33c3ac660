"""Opening a share without an account: by its token and, where one is asked for, a password."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from hedgerow.api.errors import NotFound
from hedgerow.sharing import passes
from hedgerow.sharing.models import SharingConfiguration
from hedgerow.sharing.objects import Shareable, object_of
from hedgerow.sharing.settings import ShareSettings, settings_in_effect

PASS_COOKIE = "posthog_sharing_token"  # noqa: S105 - the name of a cookie


@dataclass(frozen=True)
class Share:
    """Something that is shared now, under the token of its configuration."""

    configuration: SharingConfiguration
    shared: Shareable

    @property
    def settings(self) -> ShareSettings:
        """How it is to be shown."""
        return settings_in_effect(self.configuration.settings)


@dataclass(frozen=True)
class Opened:
    """A share that may be looked at, and the pass that was shown for it, if it asks for a password."""

    share: Share
    given_pass: str | None = None


@dataclass(frozen=True)
class Locked:
    """A share that asks for a password which has not been given."""

    share: Share


def open_share(token: str, request: HttpRequest) -> Opened | Locked | None:
    """What a visitor with this token may see; a pass is looked for in the cookie and as a bearer token.

    None where there is nothing, whatever the reason.
    """
    share = find_share(token)
    if share is None:
        return None
    if not share.configuration.password_required:
        return Opened(share)
    for given in (bearer(request), request.COOKIES.get(PASS_COOKIE)):
        if given and passes.opens(given, share.configuration):
            return Opened(share, given)
    return Locked(share)


def find_share(token: str) -> Share | None:
    """What is shared under a token: that is switched on, has not been replaced for too long, and of something that
    exists, in an organization that allows sharing."""
    if "\0" in token:
        return None
    in_time = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    known = SharingConfiguration.objects.select_related("project__organization")
    configuration = known.filter(in_time, access_token=token, enabled=True).first()
    if configuration is None or not configuration.project.organization.allow_publicly_shared_resources:
        return None
    try:
        return Share(configuration, object_of(configuration))
    except NotFound:
        return None


def bearer(request: HttpRequest) -> str | None:
    """The token in the `Authorization` header."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None
