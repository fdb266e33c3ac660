"""Variables of templates: what stands for an event or action until somebody chooses one.

A text that is exactly `{ID}` anywhere in a tile stands for the variable of this id. A client replaces it by what its
user chose; what is left when a template is applied stands for the variable's default.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hedgerow.api.errors import ValidationError

_ENTITY_KEYS = ("targetEntity", "returningEntity")
"""In queries these hold an entity of the old form, `{id, type}`, and not a node."""


def with_defaults(tiles: Sequence[Any], variables: Sequence[Any] | None) -> list[Any]:
    """The tiles with the defaults of all variables in place of their placeholders.

    Raises ValidationError where a placeholder is left whose variable is required and has no default.
    """
    known = {f"{{{each['id']}}}": each for each in variables or [] if isinstance(each, dict) and "id" in each}
    return [_replaced(tile, known, in_query=False, key="") for tile in tiles]


def _replaced(value: Any, known: Mapping[str, Any], *, in_query: bool, key: str) -> Any:
    if isinstance(value, dict):
        return {
            name: _replaced(each, known, in_query=in_query or name == "query", key=name) for name, each in value.items()
        }
    if isinstance(value, list):
        replaced = [_replaced(each, known, in_query=in_query, key=key) for each in value]
        return [new for old, new in zip(value, replaced, strict=True) if new is not None or old is None]
    if isinstance(value, str) and value in known:
        return _default(known[value], as_node=in_query and key not in _ENTITY_KEYS)
    return value


def _default(variable: Mapping[str, Any], *, as_node: bool) -> dict[str, Any] | None:
    default = variable.get("default")
    if not isinstance(default, dict) or default.get("id") is None:
        if variable.get("required"):
            name = variable.get("name") or variable["id"]
            raise ValidationError(f"The variable '{name}' needs a value.", attr="variables")
        return None
    return _node(default) if as_node else dict(default)


def _node(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The node of a query for an entity of the old form."""
    kept = {name: value for name, value in entity.items() if name not in ("id", "type", "order")}
    if entity.get("type") == "actions":
        return {"kind": "ActionsNode", "id": entity["id"], **kept}
    return {"kind": "EventsNode", "event": entity["id"], "name": str(entity["id"]), **kept}
