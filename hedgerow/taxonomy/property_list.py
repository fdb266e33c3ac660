"""Which property definitions a list shows, and in which order."""

from typing import Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Length, Lower, Substr
from django.db.models.lookups import Exact
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from hedgerow.api.errors import ValidationError
from hedgerow.api.paging import LimitOffset
from hedgerow.groups.models import MOST_GROUP_TYPES
from hedgerow.projects.models import Project
from hedgerow.taxonomy.core_events import Known
from hedgerow.taxonomy.core_properties import CORE_PROPERTIES
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition
from hedgerow.taxonomy.search import NamesField, labelled_with_words, name_has_words
from hedgerow.taxonomy.session_properties import CORE_SESSION_PROPERTIES, SESSION_PROPERTIES

FLAG_PREFIX = "$feature/"

_OF_LIBRARIES = [name for name in CORE_PROPERTIES if not name.startswith("$")]
_Type = PropertyDefinition.Type


class PropertyPages(LimitOffset):
    """Pages whose rows are read by their names alone until it is known which they are."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        """The definitions on the page asked for; their names are unique among those of the list."""
        names: list[str] = super().paginate_queryset(queryset.values_list("name", flat=True), request, view) or []
        by_name = {row.name: row for row in queryset.order_by().filter(name__in=names)}
        return [by_name[name] for name in names if name in by_name]


class PropertyListChoice(serializers.Serializer[Any]):
    """What a list of property definitions can be asked for."""

    type = serializers.ChoiceField(choices=_Type.choices, default=_Type.EVENT, help_text="What carries the property.")
    group_type_index = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_GROUP_TYPES - 1,
        help_text="Which type of groups; with type `group` only.",
    )
    search = serializers.CharField(
        required=False, allow_blank=True, help_text="Words that the name or the label must contain."
    )
    properties = serializers.CharField(required=False, allow_blank=True, help_text="Exact names, separated by commas.")
    event_names = NamesField(
        required=False, allow_blank=True, help_text="JSON list of events: says of each property if it was seen on them."
    )
    filter_by_event_names = serializers.BooleanField(
        required=False, allow_null=True, help_text="Only properties seen on those events."
    )
    excluded_properties = NamesField(required=False, allow_blank=True, help_text="JSON list of names to leave out.")
    exclude_core_properties = serializers.BooleanField(
        default=False, help_text="Without those that client libraries add."
    )
    exclude_hidden = serializers.BooleanField(default=False)
    is_feature_flag = serializers.BooleanField(
        required=False, allow_null=True, help_text="Only answers of feature flags, or all others."
    )
    is_numerical = serializers.BooleanField(required=False, allow_null=True)
    verified = serializers.BooleanField(required=False, allow_null=True)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A type of groups is named exactly where groups are asked for."""
        is_group = asked["type"] == _Type.GROUP
        if is_group and "group_type_index" not in asked:
            raise ValidationError("Name the type of groups, from 0 to 4.", attr="group_type_index")
        if not is_group and "group_type_index" in asked:
            raise ValidationError("Only properties of groups have a type of groups.", attr="group_type_index")
        return asked


def chosen_properties(
    definitions: QuerySet[PropertyDefinition], project: Project, asked: dict[str, Any]
) -> QuerySet[PropertyDefinition]:
    """Those of the project's definitions that are asked for by a checked choice.

    `is_seen_on_filtered_events` is None where no events are named.
    The order: with a search the exact name, names that begin with it, then the shorter ones; without one those seen
    on the events, verified ones, and those that do not begin with `$`. The name decides last.
    """
    chosen = definitions.filter(type=asked["type"], group_type_index=asked.get("group_type_index", -1))
    if asked["type"] == _Type.SESSION:
        chosen = chosen.filter(name__in=SESSION_PROPERTIES)
    search = asked.get("search", "").strip()
    if search:
        labelled = labelled_with_words(_known(asked["type"]), search)
        chosen = chosen.filter(name_has_words(search) | Q(name__in=labelled) if labelled else name_has_words(search))
    if names := [name for name in asked.get("properties", "").split(",") if name]:
        chosen = chosen.filter(name__in=names)
    if asked.get("excluded_properties"):
        chosen = chosen.exclude(name__in=asked["excluded_properties"])
    if asked["exclude_core_properties"]:
        chosen = chosen.exclude(name__startswith="$").exclude(name__in=_OF_LIBRARIES)
    if asked["exclude_hidden"]:
        chosen = chosen.filter(hidden=False)
    if asked.get("is_feature_flag") is not None:
        chosen = chosen.alias(begin=Substr("name", 1, len(FLAG_PREFIX)))
        of_flag = Q(begin=FLAG_PREFIX)
        chosen = chosen.filter(of_flag if asked["is_feature_flag"] else ~of_flag)
    for name in ("is_numerical", "verified"):
        if asked.get(name) is not None:
            chosen = chosen.filter(**{name: asked[name]})
    chosen = _seen_on(chosen, project, asked)
    seen_and_others = bool(asked.get("event_names")) and not asked.get("filter_by_event_names")
    return chosen.order_by(*_order(search, seen_first=seen_and_others))


def _known(carrier: str) -> dict[str, Known]:
    if carrier == _Type.SESSION:
        return CORE_SESSION_PROPERTIES
    return CORE_PROPERTIES if carrier in (_Type.EVENT, _Type.PERSON) else {}


def _seen_on(
    chosen: QuerySet[PropertyDefinition], project: Project, asked: dict[str, Any]
) -> QuerySet[PropertyDefinition]:
    events = asked.get("event_names")
    if not events:
        return chosen.annotate(is_seen_on_filtered_events=Value(None, output_field=BooleanField(null=True)))
    seen = Q(name__in=EventProperty.objects.filter(project=project, event__in=events).values("property"))
    if asked.get("filter_by_event_names"):
        chosen = chosen.filter(seen)
        return chosen.annotate(is_seen_on_filtered_events=Value(True, output_field=BooleanField(null=True)))
    return chosen.annotate(is_seen_on_filtered_events=Case(When(seen, then=Value(True)), default=Value(False)))


def _order(search: str, *, seen_first: bool) -> list[Any]:
    seen: list[Any] = [F("is_seen_on_filtered_events").desc()] if seen_first else []
    if search:
        text = Lower(Value(search))
        rank = Case(
            When(Exact(Lower("name"), text), then=Value(0)),
            When(Exact(Lower(Substr("name", 1, len(search))), text), then=Value(1)),
            default=Value(2),
        )
        return [rank, *seen, Length("name"), "name"]
    return [*seen, F("verified").desc(), "sort_name"]
