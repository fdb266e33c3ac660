"""Which subscriptions a list shows, and in which order."""

import re

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.subscriptions.models import Subscription, TargetType

LONGEST_SEARCH = 200
DEFAULT_ORDER = "-created_at"
_ORDERS = frozenset({"created_at", "next_delivery_date", "title", "created_by__email"})
_SEARCHED = ("title", "insight__name", "insight__derived_name", "dashboard__name")
_RESOURCES = ("insight", "dashboard")
_SWITCH = {"true": True, "1": True, "false": False, "0": False}


def listed_subscriptions(subscriptions: "QuerySet[Subscription]", asked: QueryDict) -> "QuerySet[Subscription]":
    """Those that a request asks for, in the order it asks for; without deleted ones if it does not say.

    Raises ValidationError for values that cannot be understood.
    """
    subscriptions = subscriptions.filter(deleted=_SWITCH.get(asked.get("deleted", "").lower(), False))
    if maker := asked.get("created_by"):
        if not is_uuid(maker):
            raise ValidationError("Not a valid UUID.", attr="created_by")
        subscriptions = subscriptions.filter(created_by__uuid=maker)
    for name in _RESOURCES:
        if given := asked.get(name):
            subscriptions = subscriptions.filter(**{name: _id(given, name)})
    if (resource := asked.get("resource_type")) in _RESOURCES:
        subscriptions = subscriptions.filter(**{f"{resource}__isnull": False})
    if target := asked.get("target_type"):
        if target not in TargetType.values:
            raise ValidationError(f"Must be one of: {', '.join(TargetType.values)}.", attr="target_type")
        subscriptions = subscriptions.filter(target_type=target)
    for term in re.split(r"[\s,]+", asked.get("search", "")[:LONGEST_SEARCH].strip(" ,")):
        subscriptions = subscriptions.filter(_named(term))
    return subscriptions.order_by(*_order(asked.get("ordering", "")))


def _named(term: str) -> Q:
    found = Q()
    for name in _SEARCHED if term else ():
        found |= Q(**{f"{name}__icontains": term})
    return found


def _id(given: str, name: str) -> int:
    if not is_whole(given):
        raise ValidationError("A valid integer is required.", attr=name)
    return int(given)


def _order(asked: str) -> list[OrderBy]:
    """What is without a value comes last in either direction; a tie is broken by the newest."""
    wanted = [name.strip() for name in asked.split(",") if name.strip().removeprefix("-") in _ORDERS]
    return [_direction(name) for name in [*(wanted or [DEFAULT_ORDER]), "-id"]]


def _direction(name: str) -> OrderBy:
    field = F(name.removeprefix("-"))
    return field.desc(nulls_last=True) if name.startswith("-") else field.asc(nulls_last=True)
