"""Entries, shortcuts and views on the wire."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.fields import JSONField
from hedgerow.files.models import Entry, Shortcut, View
from hedgerow.files.rights import EntryLevels
from hedgerow.files.tree import stored_path
from hedgerow.organizations.serializers import UserBasicSerializer

MOST_AT_ONCE = 500
"""Shortcuts that one request may add or remove, and objects that it may restore."""
LONGEST_HREF = 4_000
HIGHEST_ORDER = 2**31 - 1
ACCESS_LEVELS = ("viewer", "editor", "manager")


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """An entry of the tree. Its context has the caller's `levels`."""

    path = serializers.CharField(help_text=r"Segments joined by slashes; a slash within one is written `\/`.")
    type = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    ref = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    href = serializers.CharField(max_length=LONGEST_HREF, required=False, allow_null=True, allow_blank=True)
    meta = JSONField(required=False, allow_null=True)
    shortcut = serializers.BooleanField(required=False, allow_null=True)
    last_viewed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, default=None, help_text="When the caller last looked at it."
    )
    user_access_level = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = [
            *("id", "path", "depth", "type", "ref", "href", "meta", "shortcut", "created_at", "last_viewed_at"),
            "user_access_level",
        ]
        read_only_fields = ["id", "depth", "created_at"]

    def validate_path(self, path: str) -> str:
        """As it is stored."""
        return stored_path(path)

    def validate_shortcut(self, shortcut: bool | None) -> bool:
        """Null is false."""
        return bool(shortcut)

    @extend_schema_field(serializers.ChoiceField(choices=ACCESS_LEVELS))
    def get_user_access_level(self, entry: Entry) -> str:
        """What the caller may do with what it stands for."""
        levels: EntryLevels = self.context["levels"]
        return levels.level(entry)


class EntryPageSerializer(serializers.Serializer[Any]):
    """A page of entries; `users` are the people whom the `meta` of these entries names as who made them."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntrySerializer(many=True)
    users = UserBasicSerializer(many=True)


class CountSerializer(serializers.Serializer[Any]):
    """What is in a folder and deeper, with the first entries."""

    count = serializers.IntegerField()
    entries = EntrySerializer(many=True)
    has_more = serializers.BooleanField()


class RefusalSerializer(serializers.Serializer[Any]):
    """Why something cannot be done; `unknown_ids` where that is what is wrong."""

    detail = serializers.CharField()
    unknown_ids = serializers.ListField(child=serializers.UUIDField(), required=False)


class NewPathSerializer(serializers.Serializer[Any]):
    """Where to move or link to."""

    new_path = serializers.CharField()


class UnfiledSerializer(serializers.Serializer[Any]):
    """How many objects were filed."""

    count = serializers.IntegerField()


class DeletedSerializer(serializers.Serializer[Any]):
    """An object that was deleted with its entry."""

    type = serializers.CharField()
    ref = serializers.CharField()
    mode = serializers.ChoiceField(choices=["soft", "hard"])
    undo = serializers.CharField(help_text="How it can be brought back.")
    path = serializers.CharField()
    can_undo = serializers.BooleanField()


class DeletionSerializer(serializers.Serializer[Any]):
    """The objects that were deleted with an entry."""

    deleted = DeletedSerializer(many=True)


class RestoredSerializer(serializers.Serializer[Any]):
    """An object to restore, or one that was restored."""

    type = serializers.CharField(max_length=100)
    ref = serializers.CharField(max_length=100)
    path = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        write_only=True,
        help_text="Where to; its usual folder if none.",
    )

    def validate_path(self, path: str | None) -> str | None:
        """As it is stored."""
        return stored_path(path) if path else None


class UndoSerializer(serializers.Serializer[Any]):
    """The objects to restore."""

    items = RestoredSerializer(many=True, allow_empty=False, max_length=MOST_AT_ONCE)  # type: ignore[call-arg]


class UndoneSerializer(serializers.Serializer[Any]):
    """The objects that were restored."""

    undone = RestoredSerializer(many=True)


class ViewSerializer(serializers.ModelSerializer[View]):
    """When the caller looked at an object."""

    type = serializers.CharField(max_length=150)
    ref = serializers.CharField(max_length=200)
    viewed_at = serializers.DateTimeField(required=False, default=timezone.now)

    class Meta:
        model = View
        fields = ["type", "ref", "viewed_at"]


class ShortcutSerializer(serializers.ModelSerializer[Shortcut]):
    """Somebody's own link to an object or a folder."""

    path = serializers.CharField()
    type = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    ref = serializers.CharField(max_length=4_000, required=False, allow_null=True, allow_blank=True)
    href = serializers.CharField(max_length=LONGEST_HREF, required=False, allow_null=True, allow_blank=True)
    order = serializers.IntegerField(required=False, min_value=-HIGHEST_ORDER, max_value=HIGHEST_ORDER)

    class Meta:
        model = Shortcut
        fields = ["id", "path", "type", "ref", "href", "order", "created_at"]
        read_only_fields = ["id", "created_at"]

    def validate_path(self, path: str) -> str:
        """As it is stored."""
        return stored_path(path)


class OrderedIdsSerializer(serializers.Serializer[Any]):
    """The ids of shortcuts in the order they shall have."""

    ordered_ids = serializers.ListField(child=serializers.UUIDField())


class BulkUpdateSerializer(serializers.Serializer[Any]):
    """Shortcuts to add and to remove."""

    add = ShortcutSerializer(many=True, required=False, max_length=MOST_AT_ONCE)  # type: ignore[call-arg]
    remove_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_AT_ONCE)
