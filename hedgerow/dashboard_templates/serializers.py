"""Templates on the wire."""

from typing import Any

from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import ArrayField, JSONField
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.rules import check_change, check_new, check_room_and_name
from hedgerow.dashboard_templates.schema import LONGEST_IMAGE_URL, LONGEST_NAME, LONGEST_TAG, check_parts

_RECIPE_FIELDS = (
    *("template_name", "dashboard_description", "dashboard_filters"),
    *("tags", "tiles", "variables", "image_url", "is_featured"),
)


def _text(longest: int) -> serializers.CharField:
    return serializers.CharField(max_length=longest, required=False, allow_null=True, allow_blank=True)


def _texts() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG), required=False, allow_null=True, max_length=1_000
    )


class DashboardTemplateSerializer(serializers.ModelSerializer[DashboardTemplate]):
    """A template. Its context has, beside the request, the `project`."""

    template_name = _text(LONGEST_NAME)
    dashboard_description = _text(LONGEST_NAME)
    dashboard_filters = JSONField(required=False, allow_null=True)
    tags = _texts()
    tiles = ArrayField(required=False, allow_null=True)
    variables = ArrayField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False, allow_null=True)
    created_by: "serializers.PrimaryKeyRelatedField[Any]" = serializers.PrimaryKeyRelatedField(read_only=True)
    image_url = _text(LONGEST_IMAGE_URL)
    team_id = serializers.IntegerField(source="project_id", read_only=True, allow_null=True)
    scope = serializers.ChoiceField(choices=DashboardTemplate.Scope.choices, required=False)
    availability_contexts = _texts()
    is_featured = serializers.BooleanField(required=False)

    class Meta:
        model = DashboardTemplate
        fields = [
            *("id", "template_name", "dashboard_description", "dashboard_filters", "tags", "tiles", "variables"),
            *("deleted", "created_at", "created_by", "image_url", "team_id", "scope", "availability_contexts"),
            "is_featured",
        ]
        read_only_fields = ["created_at"]
        validators: list[Any] = []

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What the caller may say, of a form that dashboards can be made of."""
        user = self.context["request"].user
        if self.instance is None:
            check_new(fields, user)
        else:
            check_change(self.instance, fields, user)
        if not fields.get("tiles") and (self.instance is None or "tiles" in fields):
            raise ValidationError("You need to provide tiles for the template.")
        check_parts({name: fields[name] for name in _RECIPE_FIELDS if name in fields})
        if "deleted" in fields:
            fields["deleted"] = bool(fields["deleted"])
        return fields

    def create(self, fields: dict[str, Any]) -> DashboardTemplate:
        """Make the template in the project, by the caller."""
        template = DashboardTemplate(project=self.context["project"], created_by=self.context["request"].user, **fields)
        return self._stored(template)

    def update(self, template: DashboardTemplate, fields: dict[str, Any]) -> DashboardTemplate:
        """Change the template; one that becomes a project's own belongs to the project in the path."""
        for name, value in fields.items():
            setattr(template, name, value)
        if template.scope == DashboardTemplate.Scope.TEAM and template.project is None:
            template.project = self.context["project"]
        return self._stored(template)

    def _stored(self, template: DashboardTemplate) -> DashboardTemplate:
        check_room_and_name(template)
        template.save()
        return template


class CopySerializer(serializers.Serializer[Any]):
    """Which template to copy into the project."""

    source_template_id = serializers.UUIDField()
