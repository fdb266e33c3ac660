"""Links by which those who get a subscription by mail end it for themselves, without an account.

A link carries a signed JSON Web Token that names the subscription and the address. It is good for 30 days.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.subscriptions.models import Subscription, TargetType
from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.receivers import addresses_of, without_address

VALID_FOR = timedelta(days=30)
PATH = "/unsubscribe"
_ALGORITHM = "HS256"
_AUDIENCE = "hedgerow:unsubscribe"
_CLAIMS = ["exp", "aud", "id", "email"]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a token is for."""

    subscription: Subscription
    address: str


def unsubscribe_link(subscription: Subscription, address: str) -> str:
    """The page on which this receiver can end the subscription; a POST to it does so at once."""
    return f"{settings.HEDGEROW.base_url}{PATH}?token={unsubscribe_token(subscription, address)}"


def unsubscribe_token(subscription: Subscription, address: str) -> str:
    """A token for a receiver."""
    claims = {"id": subscription.pk, "email": address, "aud": _AUDIENCE, "exp": datetime.now(UTC) + VALID_FOR}
    return jwt.encode(claims, _key(), _ALGORITHM)


def receiver_of(token: str) -> Receiver | None:
    """Whom a token is for; None if it is none of ours, has run out, or the subscription is no more."""
    claims = _claims(token)
    if claims is None:
        return None
    subscriptions = Subscription.objects.select_related("insight", "dashboard", "project")
    subscription = subscriptions.filter(pk=claims["id"]).first()
    return None if subscription is None else Receiver(subscription, str(claims["email"]))


@transaction.atomic
def unsubscribe(token: str) -> bool:
    """Take the address of a token off its subscription, which ends with its last address. False for a bad token.

    Nobody is written to because of it. An address that has been taken off already stays so.
    """
    receiver = receiver_of(token)
    if receiver is None:
        return False
    subscription = Subscription.objects.select_for_update().get(pk=receiver.subscription.pk)
    left = without_address(subscription.target_value, receiver.address)
    if subscription.target_type != TargetType.EMAIL or left == list(addresses_of(subscription.target_value)):
        return True
    before = snapshot(subscription)
    if left:
        subscription.target_value = ",".join(left)
    else:
        subscription.deleted = True
    subscription.save(update_fields=["target_value", "deleted"])
    record_activity(
        scope="Subscription",
        activity="updated",
        item_id=subscription.pk,
        user=None,
        project=receiver.subscription.project,
        name=resource_name(receiver.subscription),
        changes=changes_between("Subscription", before, snapshot(subscription)),
    )
    return True


def _claims(token: str) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _key(), [_ALGORITHM], audience=_AUDIENCE, options={"require": _CLAIMS}
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    return claims


def _key() -> bytes:
    return salted_hmac(
        "hedgerow.subscriptions.unsubscribing", "", secret=settings.SECRET_KEY, algorithm="sha256"
    ).digest()
