"""`/api/projects/:project_id/insight_variables/`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.fields import ArrayField, JSONField
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.dashboards.models import Variable
from hedgerow.dashboards.variables import LONGEST_NAME, code_name_of

SCOPE = "InsightVariable"
_NAME_TAKEN = "Variable with code_name '{}' already exists"


class VariableSerializer(serializers.ModelSerializer[Variable]):
    """A variable. Its context has, beside the request, the `project`."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    type = serializers.ChoiceField(choices=Variable.Type.choices)
    default_value = JSONField(required=False, allow_null=True)
    values = ArrayField(required=False, allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = Variable
        fields = ["id", "name", "type", "default_value", "created_by", "created_at", "code_name", "values"]
        read_only_fields = ["id", "created_at", "code_name"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_created_by(self, variable: Variable) -> int | None:
        """The id of whoever made it."""
        return variable.created_by_id

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The name in questions is unique in a project, and stays when the variable is renamed: texts have it."""
        if self.instance is not None:
            return attrs
        code_name = code_name_of(attrs["name"])
        if not code_name:
            raise ValidationError("A name needs a letter or a digit.", attr="name")
        if Variable.objects.filter(project=self.context["project"], code_name=code_name).exists():
            raise ValidationError(_NAME_TAKEN.format(code_name), code="unique", attr="name")
        return {**attrs, "code_name": code_name}

    def create(self, validated_data: dict[str, Any]) -> Variable:
        """Make it in the project, by the caller."""
        user = self.context["request"].user
        return Variable.objects.create(project=self.context["project"], created_by=user, **validated_data)


class VariablesViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ProjectViewSet[Variable],
):
    """The variables that SQL insights of a project can use."""

    queryset = Variable.objects.order_by("name", "pk")
    serializer_class = VariableSerializer
    scope_object = "insight_variable"
    lookup_value_regex = "[^/.]+"

    def get_queryset(self) -> QuerySet[Variable]:
        """The project's. Raises NotFound for what is no id."""
        given = self.kwargs.get("pk")
        if given is not None and not is_uuid(given):
            raise NotFound()
        return super().get_queryset()

    def perform_create(self, serializer: serializers.BaseSerializer[Variable]) -> None:
        """Make it."""
        self._note("created", serializer.save())

    def perform_update(self, serializer: serializers.BaseSerializer[Variable]) -> None:
        """Change it."""
        assert serializer.instance is not None
        before = snapshot(serializer.instance)
        changed = serializer.save()
        self._note("updated", changed, changes=changes_between(SCOPE, before, snapshot(changed)))

    def perform_destroy(self, instance: Variable) -> None:
        """Forget it; questions keep the values they were given."""
        self._note("deleted", instance)
        instance.delete()

    def _note(self, activity: str, variable: Variable, **known: Any) -> None:
        record_activity(
            scope=SCOPE,
            activity=activity,
            item_id=variable.pk,
            user=self.request.user,
            project=self.project,
            name=variable.name,
            **known,
        )
