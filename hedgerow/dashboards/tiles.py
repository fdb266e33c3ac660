"""Writing tiles as clients send them: texts and buttons with their content, and how tiles are shown.

Insights are put on dashboards, and taken off, through the insights' own list of dashboards.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils import timezone
from rest_framework import serializers

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import ObjectField
from hedgerow.api.views import is_uuid
from hedgerow.dashboards.models import Authored, Button, Dashboard, Text, Tile
from hedgerow.dashboards.placing import place
from hedgerow.organizations.models import User

LONGEST_TEXT = 4000
LONGEST_COLOR = 400
LONGEST_URL = 2000
LONGEST_BUTTON = 200
MOST_TILES = 500
NO_WIDGETS = "Dashboard widgets are not enabled for this project."


class TextBodySerializer(serializers.Serializer[Any]):
    """What is written of a text."""

    body = serializers.CharField(
        max_length=LONGEST_TEXT,
        trim_whitespace=False,
        error_messages={
            "blank": "Text body cannot be empty",
            "max_length": f"Text body cannot exceed {LONGEST_TEXT} characters",
        },
    )


class ButtonBodySerializer(serializers.Serializer[Any]):
    """What is written of a button."""

    url = serializers.CharField(max_length=LONGEST_URL)
    text = serializers.CharField(max_length=LONGEST_BUTTON)
    placement = serializers.ChoiceField(choices=Button.Placement.choices, default=Button.Placement.LEFT)
    style = serializers.ChoiceField(  # type: ignore[assignment]
        choices=Button.Style.choices, default=Button.Style.PRIMARY
    )

    def validate_url(self, url: str) -> str:
        """A web address, or a path of this server."""
        try:
            address = urlsplit(url)
            leads_somewhere = address.scheme in ("http", "https") and bool(address.netloc)
        except ValueError:
            leads_somewhere = False
        if not leads_somewhere and not (url.startswith("/") and not url.startswith(("//", "/\\"))):
            raise ValidationError('Enter a valid URL or a path starting with "/".')
        return url


class DisplaySerializer(serializers.Serializer[Any]):
    """How a tile is shown, and whether it is there."""

    layouts = ObjectField(required=False, allow_null=True)
    color = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=LONGEST_COLOR,
        error_messages={"max_length": f"Color cannot exceed {LONGEST_COLOR} characters"},
    )
    filters_overrides = ObjectField(required=False, allow_null=True)
    show_description = serializers.BooleanField(required=False, allow_null=True)
    transparent_background = serializers.BooleanField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False)


def put_tiles(dashboard: Dashboard, items: Sequence[Any], user: Any) -> None:
    """Write the tiles of a request: content that is new, or known by its id, and how tiles are shown.

    Unknown tiles of which only the display is sent are passed over. Raises ValidationError.
    """
    if len(items) > MOST_TILES:
        raise ValidationError(f"At most {MOST_TILES} tiles can be sent at once.", attr="tiles")
    for item in items:
        if not isinstance(item, Mapping):
            raise ValidationError("Expected an object.", attr="tiles")
        _put(dashboard, item, user)


def add_text(dashboard: Dashboard, body: str, user: Any, **display: Any) -> Tile:
    """A new tile with a text on it."""
    text = Text.objects.create(body=body, **_authored(dashboard, user, user))
    return place(dashboard, text=text, **display)


def checked_display(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a tile that a request sets; null clears layouts and filters. Raises ValidationError."""
    fields = _checked(DisplaySerializer(data=dict(item)))
    for name in ("layouts", "filters_overrides"):
        if name in fields and fields[name] is None:
            fields[name] = {}
    return fields


def change_display(tile: Tile, fields: Mapping[str, Any]) -> None:
    """Change how a tile is shown, or take it off or put it back with `deleted`."""
    if not fields:
        return
    for name, value in fields.items():
        setattr(tile, name, value)
    if "deleted" in fields:
        tile.deleted_with_dashboard = False
    tile.save()


def find_tile(dashboard: Dashboard, given: Any) -> Tile | None:
    """The tile with this id that is, or was, on the dashboard."""
    tile_id = integer_id(given)
    if tile_id is None:
        return None
    return Tile.objects.filter(dashboard=dashboard, pk=tile_id).select_related("insight", "text", "button").first()


def integer_id(given: Any) -> int | None:
    """A number that can be an id, also as text; None for anything else."""
    text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    return int(text) if is_whole(text) else None


def _put(dashboard: Dashboard, item: Mapping[str, Any], user: Any) -> None:
    if item.get("widget") is not None:
        raise ValidationError(NO_WIDGETS, attr="widget")
    fields = checked_display(item)
    for name, model, body in (("text", Text, TextBodySerializer), ("button_tile", Button, ButtonBodySerializer)):
        if item.get(name) is not None:
            tile = _put_content(dashboard, name, model, body, item[name], fields, user)
            change_display(tile, fields)
            return
    tile_or_none = find_tile(dashboard, item.get("id"))
    if tile_or_none is not None and not (tile_or_none.insight and tile_or_none.insight.deleted):
        change_display(tile_or_none, fields)


def _put_content(
    dashboard: Dashboard,
    name: str,
    model: type[Text] | type[Button],
    body: type[serializers.Serializer[Any]],
    given: Any,
    display: Mapping[str, Any],
    user: Any,
) -> Tile:
    if not isinstance(given, Mapping):
        raise ValidationError("Expected an object.", attr=name)
    author = _author(dashboard, given, user)
    if given.get("id") is not None:
        tile = _content_tile(dashboard, name, model, given["id"])
        _change_content(tile, _checked(body(data=dict(given), partial=True), name), given, author, user)
        return tile
    fields = _checked(body(data=dict(given)), name)
    content = model.objects.create(**fields, **_authored(dashboard, author, user))
    return place(dashboard, display.get("layouts"), **{"button" if model is Button else "text": content})  # type: ignore[arg-type]


def _change_content(tile: Tile, fields: Mapping[str, Any], given: Mapping[str, Any], author: Any, user: Any) -> None:
    content = tile.text or tile.button
    assert content is not None
    changed = {name: value for name, value in fields.items() if getattr(content, name) != value}
    if isinstance(given.get("created_by"), Mapping) and author.pk != content.created_by_id:
        changed["created_by"] = author
    if not changed:
        return
    for name, value in changed.items():
        setattr(content, name, value)
    content.last_modified_by, content.last_modified_at = user, timezone.now()
    content.save()


def _content_tile(dashboard: Dashboard, name: str, model: type[Authored], given: Any) -> Tile:
    """The tile with this text or button on it. Raises ValidationError where it is not on the dashboard."""
    what = "Text" if model is Text else "Button"
    tiles = Tile.objects.filter(dashboard=dashboard).select_related("text", "button")
    if model is Button:
        found = tiles.filter(button=UUID(given)) if isinstance(given, str) and is_uuid(given) else tiles.none()
    else:
        number = integer_id(given)
        found = tiles.filter(text=number) if number is not None else tiles.none()
    tile = found.first()
    if tile is None:
        raise ValidationError(f"{what} tile not found.", attr=name)
    return tile


def _author(dashboard: Dashboard, given: Mapping[str, Any], user: Any) -> Any:
    """Who is said to have written the content: the caller, unless another member is named."""
    named = given.get("created_by")
    if not isinstance(named, Mapping) or named.get("id") is None:
        return user
    user_id = integer_id(named["id"])
    members = User.objects.filter(memberships__organization=dashboard.project.organization_id)
    author = members.filter(pk=user_id).first() if user_id is not None else None
    if author is None:
        raise ValidationError("User not found in this organization.", attr="created_by")
    return author


def _authored(dashboard: Dashboard, author: Any, user: Any) -> dict[str, Any]:
    return {"project": dashboard.project, "created_by": author, "last_modified_by": user}


def _checked(serializer: serializers.Serializer[Any], inside: str | None = None) -> dict[str, Any]:
    """The checked fields; errors are told as those of the object `inside` the tile."""
    if not serializer.is_valid():
        raise serializers.ValidationError({inside: serializer.errors} if inside else serializer.errors)
    checked = dict(serializer.validated_data)
    if not serializer.partial:
        return checked
    return {name: value for name, value in checked.items() if name in serializer.initial_data}
