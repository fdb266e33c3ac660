"""Actions on the wire."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError
from rest_framework import serializers

from hedgerow.access.rules import access_of
from hedgerow.actions.models import Action
from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import ArrayField, TagsField
from hedgerow.files.filing import creating_in
from hedgerow.insights.elements import selector_pattern
from hedgerow.insights.errors import InsightError
from hedgerow.insights.properties import PropertyCondition
from hedgerow.organizations.serializers import UserBasicSerializer

MATCHINGS = ("contains", "regex", "exact")
MOST_STEPS = 200

_FILTERS = TypeAdapter(list[PropertyCondition])


def _text() -> serializers.CharField:
    return serializers.CharField(required=False, allow_null=True, allow_blank=True, trim_whitespace=False)


def _matching() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=MATCHINGS, required=False, allow_null=True)


class ActionStepSerializer(serializers.Serializer[dict[str, Any]]):
    """One way for an event to match. What is null or empty is not asked for.

    `selector`, `tag_name`, `text` and `href` count only where `event` is `$autocapture`. Without a matching of its own
    `url` is contained in the event's, `text` and `href` are the same as the element's.
    """

    event = _text()
    properties = ArrayField(required=False, allow_null=True, help_text="Property filters.")
    selector = _text()
    selector_regex = serializers.SerializerMethodField(help_text="The selector as a regular expression.")
    tag_name = _text()
    text = _text()
    text_matching = _matching()
    href = _text()
    href_matching = _matching()
    url = _text()
    url_matching = _matching()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The whole step: a step is always replaced, also where only some fields of its action are sent."""
        return {**dict.fromkeys(self._writable_names, None), **super().to_internal_value(data)}

    @property
    def _writable_names(self) -> list[str]:
        return [name for name, field in self.fields.items() if not field.read_only]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_selector_regex(self, step: dict[str, Any]) -> str | None:
        """What finds the selector in the text of an element chain."""
        return selector_pattern(step["selector"]) if step["selector"] else None

    def validate_properties(self, filters: list[Any] | None) -> list[Any] | None:
        """Property filters of a known form."""
        try:
            _FILTERS.validate_python(filters or [])
        except PydanticError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise ValidationError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
        return filters

    def validate_selector(self, selector: str | None) -> str | None:
        """A selector that can be read."""
        try:
            if selector:
                selector_pattern(selector)
        except InsightError as error:
            raise ValidationError(error.detail) from None
        return selector


class PinnedAtField(serializers.DateTimeField):
    """When something was pinned. Written, anything but null, false and the empty text pins it now."""

    def to_internal_value(self, value: Any) -> Any:
        """Now, or None to unpin."""
        return timezone.now() if value else None


class ActionSerializer(serializers.ModelSerializer[Action]):
    """An action. Its context has, beside the request, the `project`."""

    name = serializers.CharField(max_length=400)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    tags = TagsField(required=False, default=list)
    steps = ActionStepSerializer(many=True, required=False, default=list, max_length=MOST_STEPS)  # type: ignore[call-arg]
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    is_calculating = serializers.SerializerMethodField()
    last_calculated_at = serializers.DateTimeField(required=False)
    team_id = serializers.IntegerField(source="project_id", read_only=True)
    is_action = serializers.SerializerMethodField()
    bytecode_error = serializers.SerializerMethodField()
    pinned_at = PinnedAtField(required=False, allow_null=True)
    creation_context = serializers.SerializerMethodField()
    _create_in_folder = serializers.CharField(write_only=True, required=False, allow_blank=True)
    user_access_level = serializers.SerializerMethodField()

    class Meta:
        model = Action
        fields = [
            "id",
            "name",
            "description",
            "tags",
            "post_to_slack",
            "slack_message_format",
            "steps",
            "created_at",
            "created_by",
            "deleted",
            "is_calculating",
            "last_calculated_at",
            "team_id",
            "is_action",
            "bytecode_error",
            "pinned_at",
            "creation_context",
            "_create_in_folder",
            "user_access_level",
        ]
        read_only_fields = ["created_at"]

    def get_is_calculating(self, action: Action) -> bool:
        """Actions are matched when they are asked for: there is nothing to calculate."""
        return False

    def get_is_action(self, action: Action) -> bool:
        """What tells an action from an event in lists of both."""
        return True

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_bytecode_error(self, action: Action) -> None:
        """Nothing is compiled ahead of a question, so nothing can have failed."""
        return None

    @extend_schema_field(OpenApiTypes.ANY)
    def get_creation_context(self, action: Action) -> None:
        """Not kept."""
        return None

    @extend_schema_field(serializers.CharField())
    def get_user_access_level(self, action: Action) -> str:
        """What the caller may do with the action: `viewer`, `editor` or `manager`."""
        return access_of(self.context["request"].user, self.context["project"]).level_on("action", action)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Names are unique among the project's actions that are not deleted."""
        name = fields.get("name", self.instance.name if self.instance else "")
        deleted = fields.get("deleted", self.instance.deleted if self.instance else False)
        others = Action.objects.filter(project=self.context["project"], name=name, deleted=False)
        if self.instance:
            others = others.exclude(pk=self.instance.pk)
        if not deleted and (other := others.values_list("id", flat=True).first()) is not None:
            raise ValidationError(
                f"This project already has an action with this name, ID {other}", code="unique", attr="name"
            )
        return fields

    def create(self, fields: dict[str, Any]) -> Action:
        """Make the action in the project, by the caller."""
        project, user = self.context["project"], self.context["request"].user
        with creating_in(fields.pop("_create_in_folder", None)):
            return Action.objects.create(project=project, created_by=user, **fields)

    def update(self, action: Action, fields: dict[str, Any]) -> Action:
        """Change the action; one that is pinned keeps its time when it is pinned again."""
        fields.pop("_create_in_folder", None)
        if action.pinned_at and fields.get("pinned_at"):
            del fields["pinned_at"]
        return super().update(action, fields)


@extend_schema_serializer(many=False)
class ActionListSerializer(serializers.Serializer[Any]):
    """All actions at once."""

    results = ActionSerializer(many=True)


class ReferenceSerializer(serializers.Serializer[Any]):
    """An object that uses an action."""

    type = serializers.ChoiceField(choices=["insight", "experiment", "cohort", "hog_function"])
    id = serializers.CharField()
    name = serializers.SerializerMethodField()
    url = serializers.CharField()
    created_at = serializers.DateTimeField(allow_null=True)
    created_by = UserBasicSerializer(allow_null=True)

    def get_name(self, reference: Any) -> str:
        """The object's name."""
        return reference.name or "Unnamed"
