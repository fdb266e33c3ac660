"""The request and the answers of the query endpoint, as the OpenAPI document describes them.

Requests are checked by `hedgerow.queries.request`; these classes only describe.
"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.queries.request import LimitContext, Refresh


@extend_schema_field({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}})
class QueryField(serializers.JSONField):
    """A query: an object with its `kind`."""


@extend_schema_field({"type": "array", "items": {}})
class AnyListField(serializers.JSONField):
    """A list of anything."""


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.JSONField):
    """An object with any members."""


@extend_schema_field({})
class AnyField(serializers.JSONField):
    """Any JSON value."""


class QueryBodySerializer(serializers.Serializer[Any]):
    """What to ask, and how to be answered."""

    query = QueryField(help_text="The query, by its `kind`; for example `HogQLQuery` or `TrendsQuery`.")
    client_query_id = serializers.CharField(required=False, allow_null=True, max_length=128, min_length=1)
    refresh = serializers.ChoiceField(
        choices=[refresh.value for refresh in Refresh],
        required=False,
        help_text="How fresh the answer must be, and whether to wait for it.",
    )
    filters_override = ObjectField(required=False, allow_null=True)
    variables_override = ObjectField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_null=True, max_length=128)
    limit_context = serializers.ChoiceField(
        choices=[context.value for context in LimitContext], required=False, allow_null=True
    )


class QueryStatusSerializer(serializers.Serializer[Any]):
    """How far a query in the background is."""

    id = serializers.CharField()
    query_async = serializers.BooleanField()
    team_id = serializers.IntegerField()
    insight_id = serializers.IntegerField(allow_null=True)
    dashboard_id = serializers.IntegerField(allow_null=True)
    complete = serializers.BooleanField()
    error = serializers.BooleanField()
    error_message = serializers.CharField(allow_null=True)
    results = ObjectField(allow_null=True)
    start_time = serializers.DateTimeField(allow_null=True)
    pickup_time = serializers.DateTimeField(allow_null=True)
    end_time = serializers.DateTimeField(allow_null=True)
    expiration_time = serializers.DateTimeField(allow_null=True)
    task_id = serializers.CharField(allow_null=True)
    query_progress = ObjectField(allow_null=True)
    labels = AnyListField(allow_null=True)


class QueryStatusResponseSerializer(serializers.Serializer[Any]):
    """The status of a query in the background."""

    query_status = QueryStatusSerializer()


class QueryResponseSerializer(serializers.Serializer[Any]):
    """The fields most answers have; each kind adds its own."""

    results = AnyField(required=False)
    columns = AnyListField(required=False, allow_null=True)
    types = AnyListField(required=False, allow_null=True)
    hogql = serializers.CharField(required=False, allow_null=True)
    error = serializers.CharField(required=False, allow_null=True)
    hasMore = serializers.BooleanField(required=False, allow_null=True)  # noqa: N815
    limit = serializers.IntegerField(required=False, allow_null=True)
    offset = serializers.IntegerField(required=False, allow_null=True)
    timings = AnyListField(required=False, allow_null=True)
    modifiers = ObjectField(required=False, allow_null=True)
    warnings = AnyListField(required=False, allow_null=True)
    resolved_date_range = ObjectField(required=False, allow_null=True)
    resolved_compare_date_range = ObjectField(required=False, allow_null=True)
    query_status = QueryStatusSerializer(required=False, allow_null=True)
    is_cached = serializers.BooleanField(required=False)
    cache_key = serializers.CharField(required=False)
    cache_target_age = serializers.DateTimeField(required=False, allow_null=True)
    last_refresh = serializers.DateTimeField(required=False)
    next_allowed_client_refresh = serializers.DateTimeField(required=False)
    timezone = serializers.CharField(required=False)
    calculation_trigger = serializers.CharField(required=False, allow_null=True)
    query_metadata = ObjectField(required=False, allow_null=True)


class QueryErrorSerializer(serializers.Serializer[Any]):
    """What is wrong; `extra` holds the offsets `start` and `end` of the fault in the text of the query, where known."""

    type = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)
    extra = ObjectField(required=False)


class CancelledQuerySerializer(serializers.Serializer[Any]):
    """What was done to cancel a query."""

    message = serializers.CharField()


class UpgradeQuerySerializer(serializers.Serializer[Any]):
    """A query in any form."""

    query = QueryField()


class UpgradedQuerySerializer(serializers.Serializer[Any]):
    """The query in the newest form."""

    query = QueryField()


class UserCheckSerializer(serializers.Serializer[Any]):
    """That the caller may run queries."""

    user = serializers.CharField()
