"""Serializer fields that several features need."""

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_INTEGER = 2**63 - 1
MAX_DEPTH = 100
"""How deep JSON may be nested in a field; far deeper could be read, but not be written again."""


class JSONField(serializers.JSONField):
    """Any JSON that every store can keep: no NUL characters in texts and no numbers that are not finite."""

    default_error_messages = {
        "null_characters": "Null characters are not allowed.",
        "not_finite": "Numbers must be finite.",
        "too_deep": f"JSON can be nested {MAX_DEPTH} deep at most.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """The value. Raises ValidationError."""
        self._check(data)
        value = super().to_internal_value(data)
        if value is not data:
            self._check(value)
        return value

    def _check(self, value: Any, depth: int = 0) -> None:
        if isinstance(value, str):
            if "\0" in value:
                self.fail("null_characters")
        elif isinstance(value, float):
            if not math.isfinite(value):
                self.fail("not_finite")
        elif isinstance(value, dict | list):
            if depth == MAX_DEPTH:
                self.fail("too_deep")
            for item in [*value, *value.values()] if isinstance(value, dict) else value:
                self._check(item, depth + 1)


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(JSONField):
    """A JSON object."""

    default_error_messages = {"not_an_object": "Expected an object."}

    def to_internal_value(self, data: Any) -> Any:
        """The object. Raises ValidationError."""
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return super().to_internal_value(data)


@extend_schema_field({"type": "array", "items": {}})
class ArrayField(JSONField):
    """A JSON array of anything."""

    default_error_messages = {"not_a_list": 'Expected a list of items but got type "{input_type}".'}

    def to_internal_value(self, data: Any) -> Any:
        """The list. Raises ValidationError."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class TagsField(serializers.ListField):
    """A list of tags: trimmed, in lower case, each once. What is sent replaces what was there."""

    child = serializers.CharField(max_length=255)

    def to_internal_value(self, data: Any) -> list[str]:
        """The tags in the order given. Raises ValidationError."""
        return list(dict.fromkeys(tag.lower() for tag in super().to_internal_value(data)))
