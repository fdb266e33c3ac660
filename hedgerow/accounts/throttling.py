"""How many mails may be asked for. Counted also where rate limits are off: it is other people's mailboxes they fill."""

import hashlib
import math
import threading
import time
from typing import Any

from django.core.cache import caches
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hedgerow.api.throttling import CACHE, DAY, HOUR, MINUTE, AddressLimit, Rate

RATES = {"reset": (6, DAY), "verification": (6, 20 * MINUTE), "invite": (5, HOUR)}
"""By kind of mail, how many in how many seconds for one person."""

_counting = threading.Lock()
"""One process counts all mails that are asked for."""


def mail_is_due(kind: str, person: str) -> bool:
    """Whether one more mail may be sent to this person; if so it is counted."""
    return _wait_for(kind, person) == 0


def require_mail_due(kind: str, person: str) -> None:
    """Count one more mail to this person. Raises Throttled when there were enough."""
    if wait := _wait_for(kind, person):
        raise Throttled(wait=math.ceil(wait))


def _wait_for(kind: str, person: str) -> float:
    """Seconds until one more mail may be sent; 0 when it may now, which counts it."""
    most, seconds = RATES[kind]
    digest = hashlib.sha256(person.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
    key, counted = f"mails_{kind}_{digest}", caches[CACHE]
    with _counting:
        now = time.time()
        sent = [at for at in counted.get(key, []) if at > now - seconds]
        if len(sent) >= most:
            return float(sent[0] + seconds - now)
        counted.set(key, [*sent, now], seconds)
    return 0


class MailThrottle(BaseThrottle):
    """The same limit for views of the API; subclasses name the kind of mail, and the field that says to whom."""

    kind: str
    field: str

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the mail may be sent."""
        person = request.data.get(self.field) if isinstance(request.data, dict) else None
        return not isinstance(person, str) or mail_is_due(self.kind, person)

    def wait(self) -> float:
        """Seconds after which there is room for one more at the latest."""
        return float(RATES[self.kind][1])


class ResetMails(MailThrottle):
    """Links to choose a password."""

    kind, field = "reset", "email"


class VerificationMails(MailThrottle):
    """Links to confirm an address."""

    kind, field = "verification", "uuid"


class DeviceCodes(AddressLimit):
    """Programs that begin to ask to be let in."""

    scope = "device_code"
    rates = (Rate(30, MINUTE),)
