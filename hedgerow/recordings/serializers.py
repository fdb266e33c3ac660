"""Recordings on the wire."""

from typing import Any

from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import ObjectField
from hedgerow.persons.serializers import PersonSerializer

LIST_VERSION = 4
"""The form in which lists of recordings are given."""

MOST_DELETED, MOST_CHECKED, MOST_MARKED = 100, 100, 20
"""How many recordings a request may delete, look for, and mark as watched."""

_IDS = "session_recording_ids"


class RecordingSerializer(serializers.Serializer[Any]):
    """A recording; durations are whole seconds."""

    id = serializers.CharField()
    distinct_id = serializers.CharField()
    viewed = serializers.BooleanField()
    viewers = serializers.ListField(child=serializers.CharField(), help_text="E-mail addresses of others.")
    recording_duration = serializers.IntegerField()
    active_seconds = serializers.IntegerField()
    inactive_seconds = serializers.IntegerField()
    start_time = serializers.DateTimeField()
    end_time = serializers.DateTimeField()
    click_count = serializers.IntegerField()
    keypress_count = serializers.IntegerField()
    mouse_activity_count = serializers.IntegerField()
    console_log_count = serializers.IntegerField()
    console_warn_count = serializers.IntegerField()
    console_error_count = serializers.IntegerField()
    start_url = serializers.CharField(allow_blank=True)
    person = PersonSerializer(allow_null=True)
    retention_period_days = serializers.IntegerField()
    expiry_time = serializers.DateTimeField()
    recording_ttl = serializers.IntegerField(help_text="Days until it is removed.")
    snapshot_source = serializers.CharField()
    snapshot_library = serializers.CharField(allow_blank=True)
    ongoing = serializers.BooleanField()
    activity_score = serializers.FloatField()
    has_summary = serializers.BooleanField()
    summary_outcome = ObjectField(allow_null=True)
    external_references = serializers.ListField()
    matches_filters = serializers.BooleanField()


class RecordingsPageSerializer(serializers.Serializer[Any]):
    """A page of recordings."""

    results = RecordingSerializer(many=True)
    has_next = serializers.BooleanField()
    version = serializers.IntegerField()
    next_cursor = serializers.CharField(required=False)


class WatchedSerializer(serializers.Serializer[Any]):
    """That somebody watched a recording, or had it looked through."""

    viewed = serializers.BooleanField(default=False)
    analyzed = serializers.BooleanField(default=False)
    player_metadata = ObjectField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError when it says neither."""
        if not (attrs["viewed"] or attrs["analyzed"]):
            raise ValidationError("At least one of 'viewed' or 'analyzed' must be provided.")
        return attrs


class RecordingsDoneSerializer(serializers.Serializer[Any]):
    """It was done."""

    success = serializers.BooleanField()


class IdsSerializer(serializers.Serializer[Any]):
    """The ids of the recordings a request is about."""

    session_recording_ids = serializers.ListField(child=serializers.CharField())
    date_from = serializers.CharField(required=False, allow_null=True, allow_blank=True)


class SessionIdsSerializer(serializers.Serializer[Any]):
    """Ids of sessions."""

    session_ids = serializers.ListField(child=serializers.CharField())


class RecordingsDeletedSerializer(RecordingsDoneSerializer):
    """How many recordings were deleted; there are none with the `failed_ids`."""

    deleted_count = serializers.IntegerField()
    total_requested = serializers.IntegerField()
    failed_ids = serializers.ListField(child=serializers.CharField())


class MarkedSerializer(RecordingsDoneSerializer):
    """How many recordings count as watched now."""

    viewed_count = serializers.IntegerField()
    total_requested = serializers.IntegerField()


class UnmarkedSerializer(RecordingsDoneSerializer):
    """How many recordings do not count as watched any more."""

    not_viewed_count = serializers.IntegerField()
    total_requested = serializers.IntegerField()


class ExistSerializer(serializers.Serializer[Any]):
    """By id of a session whether it has a recording."""

    results = serializers.DictField(child=serializers.BooleanField())


class ViewedSerializer(serializers.Serializer[Any]):
    """Whether the caller has watched it, and how many others have."""

    viewed = serializers.BooleanField()
    other_viewers = serializers.IntegerField()


class MatchSerializer(serializers.Serializer[Any]):
    """An event that was looked for."""

    uuid = serializers.UUIDField()
    timestamp = serializers.DateTimeField()


class MatchesSerializer(serializers.Serializer[Any]):
    """The events of a recording that were looked for."""

    results = MatchSerializer(many=True)


class SourceSerializer(serializers.Serializer[Any]):
    """A block of what was recorded."""

    source = serializers.CharField()  # type: ignore[assignment]
    start_timestamp = serializers.DateTimeField()
    end_timestamp = serializers.DateTimeField()
    blob_key = serializers.CharField()


class SourcesSerializer(serializers.Serializer[Any]):
    """The blocks of a recording in their order."""

    sources = SourceSerializer(many=True)


def asked_ids(body: Any, most: int, name: str = _IDS) -> list[str]:
    """The ids in a body, each once. Raises ValidationError."""
    given = body.get(name) if isinstance(body, dict) else None
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise ValidationError(f"{name} must be provided as a non-empty array")
    if len(given) > most:
        raise ValidationError(f"Cannot process more than {most} recordings at once")
    return list(dict.fromkeys(given))
