"""Cohorts on the wire."""

from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import ArrayField, JSONField
from hedgerow.cohorts.csv_upload import read_list
from hedgerow.cohorts.definition import effective_filters
from hedgerow.cohorts.models import Calculation, Cohort
from hedgerow.cohorts.query_members import NOT_AN_OBJECT
from hedgerow.cohorts.saving import checked_definition, save
from hedgerow.files.filing import creating_in
from hedgerow.organizations.serializers import UserBasicSerializer

TYPES = ("static", "person_property", "behavioral", "realtime", "analytical")


class FolderField(serializers.CharField):
    """Where a new object goes in the tree of files; null in answers."""

    def get_attribute(self, instance: Model) -> None:
        """It is not told again."""
        return None


class PersonIdsField(serializers.ListField):
    """Persons to put on the list; null in answers."""

    child = serializers.UUIDField()

    def get_attribute(self, instance: Model) -> None:
        """They are told by the list of members."""
        return None


class CohortSerializer(serializers.ModelSerializer[Cohort]):
    """A cohort. Its context has, beside the request, the `project`."""

    name = serializers.CharField(max_length=400, required=False, allow_null=True, allow_blank=True)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    groups = ArrayField(required=False, allow_null=True)
    filters = JSONField(required=False, allow_null=True)
    query = JSONField(required=False, allow_null=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    cohort_type = serializers.ChoiceField(choices=TYPES, required=False, allow_null=True)
    experiment_set = serializers.SerializerMethodField()
    _create_in_folder = FolderField(required=False, allow_null=True, allow_blank=True)
    _create_static_person_ids = PersonIdsField(required=False, allow_null=True)
    csv = serializers.FileField(write_only=True, required=False, allow_null=True, allow_empty_file=True)

    class Meta:
        model = Cohort
        fields = [
            *("id", "name", "description", "groups", "deleted", "filters", "query", "version", "pending_version"),
            *("is_calculating", "created_by", "created_at", "last_calculation", "errors_calculating"),
            *("last_error_message", "count", "is_static", "cohort_type", "experiment_set", "_create_in_folder"),
            *("_create_static_person_ids", "last_import_total_count", "last_import_unmatched_count", "csv"),
        ]
        read_only_fields = [
            *("id", "version", "pending_version", "is_calculating", "created_at", "last_calculation"),
            *("errors_calculating", "last_error_message", "count", "last_import_total_count"),
            "last_import_unmatched_count",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_experiment_set(self, cohort: Cohort) -> list[int]:
        """The experiments whose exposure the cohort is: there are none."""
        return []

    def validate_query(self, query: Any) -> Any:
        """A query of some kind."""
        if query is not None and not isinstance(query, dict):
            raise ValidationError(NOT_AN_OBJECT)
        return query

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The request with everything checked that can be, before anything is written."""
        uploaded, person_ids = attrs.pop("csv", None), attrs.pop("_create_static_person_ids", None)
        folder = attrs.pop("_create_in_folder", None)
        if self.instance is None:
            attrs.pop("deleted", None)
        cohort = self.instance or Cohort(project=self.context["project"])
        checked = checked_definition(cohort, attrs)
        is_static = checked.get("is_static", cohort.is_static)
        return {
            "given": checked,
            "uploaded": read_list(uploaded) if uploaded is not None and is_static else None,
            "person_ids": person_ids if is_static else None,
            "folder": folder,
        }

    def create(self, validated_data: dict[str, Any]) -> Cohort:
        """Make it."""
        user = self.context["request"].user
        with creating_in(validated_data.pop("folder")):
            return save(Cohort(project=self.context["project"], created_by=user), user=user, **validated_data)

    def update(self, instance: Cohort, validated_data: dict[str, Any]) -> Cohort:
        """Change it."""
        validated_data.pop("folder")
        return save(instance, user=self.context["request"].user, **validated_data)

    def to_representation(self, instance: Cohort) -> dict[str, Any]:
        """As stored, with the filters that older groups stand for."""
        shown = super().to_representation(instance)
        if "filters" in shown:
            shown["filters"] = effective_filters(instance)
        return shown


class CalculationSerializer(serializers.ModelSerializer[Calculation]):
    """One calculation of a cohort."""

    duration_seconds = serializers.SerializerMethodField()
    is_completed = serializers.SerializerMethodField()
    is_successful = serializers.SerializerMethodField()
    total_query_ms = serializers.SerializerMethodField()
    total_memory_mb = serializers.SerializerMethodField()
    total_read_rows = serializers.SerializerMethodField()
    total_written_rows = serializers.SerializerMethodField()
    main_query = serializers.SerializerMethodField()
    main_query_id = serializers.SerializerMethodField()

    class Meta:
        model = Calculation
        fields = [
            *("id", "filters", "count", "started_at", "finished_at", "queries", "error", "error_code"),
            *("duration_seconds", "is_completed", "is_successful", "total_query_ms", "total_memory_mb"),
            *("total_read_rows", "total_written_rows", "main_query", "main_query_id"),
        ]
        read_only_fields = fields

    def get_duration_seconds(self, row: Calculation) -> float | None:
        """From its start to its end."""
        return (row.finished_at - row.started_at).total_seconds() if row.finished_at else None

    def get_is_completed(self, row: Calculation) -> bool:
        """Whether it has ended."""
        return row.finished_at is not None

    def get_is_successful(self, row: Calculation) -> bool:
        """Whether it has ended without an error."""
        return row.finished_at is not None and row.error is None

    def get_total_query_ms(self, row: Calculation) -> float | None:
        """Time spent in the event store."""
        return _total(row, "query_ms")

    def get_total_memory_mb(self, row: Calculation) -> float | None:
        """Memory used there."""
        return _total(row, "memory_mb")

    def get_total_read_rows(self, row: Calculation) -> float | None:
        """Rows read there."""
        return _total(row, "read_rows")

    def get_total_written_rows(self, row: Calculation) -> float | None:
        """Members written."""
        return _total(row, "written_rows")

    def get_main_query(self, row: Calculation) -> str | None:
        """The first query."""
        return row.queries[0].get("query") if row.queries else None

    def get_main_query_id(self, row: Calculation) -> str | None:
        """The first query's id."""
        return row.queries[0].get("query_id") if row.queries else None


def _total(row: Calculation, name: str) -> float | None:
    if not row.queries:
        return None
    found: float = sum(query.get(name) or 0 for query in row.queries)
    return found
