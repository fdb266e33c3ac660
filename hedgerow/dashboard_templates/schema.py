"""What a template looks like, as JSON Schema, and the check that something is one."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from hedgerow.api.errors import ValidationError

LONGEST_NAME = 400
LONGEST_TAG = 255
LONGEST_IMAGE_URL = 8201
LONGEST_TEXT = 4000
MOST_TILES = 300
_LONGEST_DETAIL = 400


def _text(description: str, *, nullable: bool = False, **rules: Any) -> dict[str, Any]:
    return {"description": description, "type": ["string", "null"] if nullable else "string", **rules}


_VARIABLE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "type", "default", "description", "required"],
    "properties": {
        "id": _text("What stands in tiles as `{ID}` and is replaced by what is chosen for it.", minLength=1),
        "name": _text("What people read."),
        "type": _text("Whether an event or an element of a page is chosen.", enum=["event", "element"]),
        "default": {"description": "The event or action taken where nothing is chosen.", "type": "object"},
        "description": _text("What to choose."),
        "required": {"description": "Whether there must be something for it.", "type": "boolean"},
    },
}

_PLACE: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": ["number", "null"]} for name in ("x", "y", "w", "h", "minW", "minH")},
}

_TILE: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": _text("`INSIGHT`, `TEXT` or `BUTTON`; tiles of other types are left out when it is applied."),
        "name": _text("Name of the insight.", nullable=True, maxLength=LONGEST_NAME),
        "description": _text("Description of the insight.", nullable=True, maxLength=LONGEST_NAME),
        "query": {"description": "The question; it wins over `filters`.", "type": ["object", "null"]},
        "filters": {"description": "The question in its old form.", "type": ["object", "null"]},
        "body": _text("Markdown of a text tile.", nullable=True, maxLength=LONGEST_TEXT),
        "url": _text("Where a button leads.", nullable=True, maxLength=2000, pattern="^(https?://|/)"),
        "text": _text("What stands on a button.", nullable=True, maxLength=200),
        "color": _text("Colour of the tile.", nullable=True, maxLength=LONGEST_NAME),
        "layouts": {
            "description": "Places on the grids: `sm` has twelve columns, `xs` one.",
            "type": ["object", "null"],
            "properties": {"sm": _PLACE, "xs": _PLACE},
        },
        "show_description": {"type": ["boolean", "null"]},
        "transparent_background": {"type": ["boolean", "null"]},
    },
}

JSON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Dashboard template",
    "description": "A recipe that makes a dashboard.",
    "type": "object",
    "required": ["template_name", "dashboard_description", "dashboard_filters", "tiles"],
    "properties": {
        "id": _text("Its id."),
        "template_name": _text("Its name, and that of a dashboard which has none.", maxLength=LONGEST_NAME),
        "team_id": {"description": "The project it belongs to; null where all do.", "type": ["number", "null"]},
        "created_at": _text("When it was made."),
        "image_url": _text("A picture of it.", nullable=True, maxLength=LONGEST_IMAGE_URL),
        "dashboard_description": _text("Description of the dashboard.", maxLength=LONGEST_NAME),
        "dashboard_filters": {"description": "Filters of the dashboard, for all tiles.", "type": "object"},
        "tiles": {
            "description": "What stands on the dashboard.",
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_TILES,
            "items": _TILE,
        },
        "variables": {
            "description": "What is chosen when the template is applied.",
            "anyOf": [{"type": "array", "items": _VARIABLE}, {"type": "null"}],
        },
        "tags": {
            "description": "Tags of the template, which the dashboard gets, too.",
            "type": "array",
            "items": {"type": "string", "maxLength": LONGEST_TAG},
        },
        "is_featured": {"description": "Whether it is listed before others.", "type": "boolean"},
    },
}

_WHOLE = Draft202012Validator(JSON_SCHEMA)
_PARTS = Draft202012Validator({"type": "object", "properties": JSON_SCHEMA["properties"]})


def check_template(recipe: object) -> None:
    """Raise ValidationError with the validator's words unless `recipe` is a whole template."""
    _check(_WHOLE, recipe)


def check_parts(parts: Mapping[str, Any]) -> None:
    """The same for those fields of a template that are given; null is the same as not given."""
    _check(_PARTS, {name: value for name, value in parts.items() if value is not None})


def _check(validator: Draft202012Validator, value: object) -> None:
    fault = best_match(validator.iter_errors(value))
    if fault is None:
        return
    path = [str(part) for part in fault.absolute_path]
    words = fault.message if len(fault.message) <= _LONGEST_DETAIL else f"{fault.message[:_LONGEST_DETAIL]}…"
    raise ValidationError(f"{'.'.join(path)}: {words}" if path else words, attr=path[0] if path else None)
