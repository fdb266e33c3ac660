"""What requests about dashboards ask for: the fields of a dashboard, and how it is to be looked at."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError as PydanticError
from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import JSONField, TagsField
from hedgerow.api.views import is_uuid
from hedgerow.dashboards.models import RestrictionLevel
from hedgerow.dashboards.tiles import integer_id
from hedgerow.queries.request import FiltersOverride, Refresh

YES = ("1", "true", "True", "yes", "on")
NO = ("", "0", "false", "False", "no", "off")
GRIDS = ("sm", "xs")
_BAD_OVERRIDE = "Invalid JSON passed in {name} parameter"


class DashboardBodySerializer(serializers.Serializer[Any]):
    """What can be written of a dashboard."""

    name = serializers.CharField(max_length=400, required=False, allow_null=True, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    pinned = serializers.BooleanField(required=False)
    last_accessed_at = serializers.DateTimeField(required=False, allow_null=True)
    last_refresh = serializers.DateTimeField(required=False, allow_null=True)
    breakdown_colors = JSONField(required=False, allow_null=True)
    data_color_theme_id = serializers.IntegerField(required=False, allow_null=True)
    quick_filter_ids = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    tags = TagsField(required=False)
    restriction_level = serializers.ChoiceField(choices=RestrictionLevel.choices, required=False)
    filters = JSONField(required=False, allow_null=True)
    variables = JSONField(required=False, allow_null=True)
    tiles = serializers.ListField(child=JSONField(), required=False)

    def validate_data_color_theme_id(self, theme_id: int | None) -> int | None:
        """There are no themes but the product's own, which is null."""
        if theme_id is not None:
            raise ValidationError(f"There is no colour theme {theme_id}.")
        return theme_id

    def validate_quick_filter_ids(self, ids: list[str] | None) -> list[str]:
        """There are no quick filters that could be named."""
        for each in ids or []:
            if not is_uuid(each):
                raise ValidationError(f"Invalid UUID: {each}")
        if ids:
            raise ValidationError(f"Quick filters not found: {', '.join(ids)}")
        return []

    def validate_breakdown_colors(self, colors: Any) -> Any:
        """Null is none."""
        return [] if colors is None else colors

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Filters and variables are objects; what is empty clears them."""
        for name in ("filters", "variables"):
            if name not in attrs:
                continue
            if not attrs[name]:
                attrs[name] = {}
            elif not isinstance(attrs[name], dict):
                raise ValidationError(f"{name.capitalize()} must be a dictionary")
        if attrs.get("filters"):
            _check_filters(attrs["filters"], "filters")
        if not all(isinstance(value, dict) for value in attrs.get("variables", {}).values()):
            raise ValidationError("Each variable must be a dictionary", attr="variables")
        return attrs


class NewDashboardSerializer(DashboardBodySerializer):
    """What can be said when one is made."""

    use_template = serializers.CharField(required=False, allow_blank=True, write_only=True)
    use_dashboard = serializers.IntegerField(required=False, allow_null=True, write_only=True)
    duplicate_tiles = serializers.BooleanField(required=False, write_only=True)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, allow_null=True, write_only=True)


class ChangedDashboardSerializer(DashboardBodySerializer):
    """What can be said when one is changed."""

    deleted = serializers.BooleanField(required=False)
    delete_insights = serializers.BooleanField(required=False, write_only=True)
    duplicate_tiles = serializers.ListField(child=JSONField(), required=False, write_only=True)

    def validate_duplicate_tiles(self, items: list[Any]) -> list[Any]:
        """A list of `{"id", "layouts"}`."""
        for item in items:
            if not isinstance(item, dict) or integer_id(item.get("id")) is None:
                raise ValidationError("Each tile needs an id.")
        return items


def looked_at(parameters: Mapping[str, str]) -> dict[str, Any]:
    """How a request wants to see a dashboard: `refresh`, `filters_override` and `variables_override`.

    Raises ValidationError.
    """
    filters = _object(parameters, "filters_override")
    _check_filters(filters, "filters_override")
    variables = _object(parameters, "variables_override")
    if not all(isinstance(value, dict) for value in variables.values()):
        raise ValidationError(_BAD_OVERRIDE.format(name="variables_override"), attr="variables_override")
    return {
        "refresh": wanted_refresh(parameters.get("refresh", "")),
        "filters_override": filters,
        "variables_override": variables,
    }


def wanted_refresh(given: str) -> str:
    """How fresh results must be; without a wish nothing is computed. Raises ValidationError."""
    if given in NO:
        return Refresh.FORCE_CACHE.value
    if given in YES:
        return Refresh.FORCE_BLOCKING.value
    if given not in {mode.value for mode in Refresh}:
        raise ValidationError(f'"{given[:40]}" is not a valid choice.', code="invalid_choice", attr="refresh")
    return given


def _object(parameters: Mapping[str, str], name: str) -> dict[str, Any]:
    text = parameters.get(name)
    if not text:
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ValidationError(_BAD_OVERRIDE.format(name=name), attr=name)
    return value


def _check_filters(filters: dict[str, Any], attr: str) -> None:
    try:
        FiltersOverride.model_validate(filters)
    except PydanticError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ValidationError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}", attr=attr) from None
