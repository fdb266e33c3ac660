"""Which event definitions a list shows, and in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.functions import Length, TruncDate
from django.http import QueryDict
from rest_framework import serializers

from hedgerow.taxonomy.core_events import CORE_EVENTS
from hedgerow.taxonomy.models import EventDefinition
from hedgerow.taxonomy.search import HasAnyTag, NamesField, name_has_words

STALE_AFTER = timedelta(days=30)
"""An event not seen for so long is stale; one that never came is not."""

_DAY = "::date"
_ORDERED_BY = ("name", "last_seen_at", "created_at")


class EventListChoice(serializers.Serializer[Any]):
    """What a list of event definitions can be asked for."""

    search = serializers.CharField(required=False, allow_blank=True, help_text="Words that the name must contain.")
    event_type = serializers.ChoiceField(
        choices=["event", "event_custom", "event_posthog"],
        default="event",
        help_text="All events, those of one's own, or those whose names begin with `$`.",
    )
    verified = serializers.BooleanField(
        required=False, help_text="Only verified events and those of client libraries, or only the others."
    )
    exclude_hidden = serializers.BooleanField(default=False)
    exclude_stale = serializers.BooleanField(default=False, help_text="Without events last seen over 30 days ago.")
    names = serializers.CharField(required=False, allow_blank=True, help_text="Exact names, separated by commas.")
    excluded_properties = NamesField(
        required=False, allow_blank=True, help_text="JSON list of names of events to leave out."
    )
    tags = NamesField(required=False, allow_blank=True, help_text="JSON list of tags, one of which an event must have.")
    ordering = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="`name`, `last_seen_at` or `created_at`, also with `::date`; `-` for descending; several by commas.",
    )


def read_choice(parameters: QueryDict) -> dict[str, Any]:
    """What the parameters of an address ask for. Raises ValidationError."""
    choice = EventListChoice(data=parameters.dict())
    choice.is_valid(raise_exception=True)
    lists = {name: parameters.getlist(name) for name in ("names", "ordering") if name in parameters}
    for name, given in lists.items():
        choice.validated_data[name] = [part for text in given for part in text.split(",") if part]
    asked: dict[str, Any] = choice.validated_data
    return asked


def chosen_events(definitions: QuerySet[EventDefinition], asked: dict[str, Any]) -> QuerySet[EventDefinition]:
    """Those of the definitions that are asked for, in the order asked for.

    The name always comes last in the order, so that pages neither repeat nor skip any.
    """
    chosen = definitions.filter(name_has_words(asked.get("search", "")))
    if asked.get("event_type") == "event_custom":
        chosen = chosen.exclude(name__startswith="$")
    elif asked.get("event_type") == "event_posthog":
        chosen = chosen.filter(name__startswith="$")
    if "verified" in asked:
        approved = Q(verified=True) | Q(name__in=list(CORE_EVENTS))
        chosen = chosen.filter(approved if asked["verified"] else ~approved)
    if asked.get("exclude_hidden"):
        chosen = chosen.filter(hidden=False)
    if asked.get("exclude_stale"):
        oldest = datetime.now(UTC) - STALE_AFTER
        chosen = chosen.filter(Q(last_seen_at=None) | Q(last_seen_at__gte=oldest))
    if asked.get("names"):
        chosen = chosen.filter(name__in=asked["names"])
    if asked.get("excluded_properties"):
        chosen = chosen.exclude(name__in=asked["excluded_properties"])
    if asked.get("tags"):
        chosen = chosen.filter(HasAnyTag([tag.strip().lower() for tag in asked["tags"]]))
    return chosen.order_by(*_order(asked))


def _order(asked: dict[str, Any]) -> list[Any]:
    wanted = [_by(text) for text in asked.get("ordering", []) if _column(text) in _ORDERED_BY]
    if not wanted and asked.get("search", "").split():
        wanted = [Length("name").asc()]
    elif not wanted:
        wanted = [_by(f"-last_seen_at{_DAY}")]
    return [*wanted, F("name").asc()]


def _column(text: str) -> str:
    return text.removeprefix("-").removesuffix(_DAY)


def _by(text: str) -> OrderBy:
    name = _column(text)
    value = TruncDate(name) if text.endswith(_DAY) and name != "name" else F(name)
    return value.desc(nulls_last=True) if text.startswith("-") else value.asc(nulls_last=True)
