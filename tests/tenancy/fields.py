"""The fields of queries and bodies that name things, from the OpenAPI document."""

import re
from collections.abc import Iterator
from typing import Any

from tests.tenancy.operations import METHODS, document

NAMING = re.compile(
    r"(^|_)(ids?|uuids?|ref|dashboards?|insights?|cohorts?|actions?|persons?|users?|role|owner|member|organizations?"
    r"|teams?|projects?|tiles?|tile_order|created_by|context_path|items|export_context|distinct_ids?|group_key)$"
)
"""What fields are called that hold ids, or things that are named by their ids."""

WITHOUT_IDS = {
    "hide_behavioral_cohorts": "is on or off",
    "hide_feature_flag_insights": "is on or off",
    "delete_insights": "is on or off",
    "keep_person": "is on or off",
    "action": "is a word",
    "saml_entity_id": "is the identity provider's",
    "data_color_theme_id": "there are none but the product's own",
    "quick_filter_ids": "there are none",
    "group_key": "is a name within the project",
    "members_can_create_projects": "is on or off",
    "role_at_organization": "is a word",
    "uuid": "goes with the token that was mailed",
}
"""Fields that look as if they named something, and what they hold instead."""


def naming_fields() -> Iterator[tuple[str, str]]:
    """Method and path, and the field; `PUT` is as `PATCH`, and each is told once of the paths that are alike."""
    for path, methods in document()["paths"].items():
        if re.match(r"/api/(environments|insight|dashboard|cohort|person|organizations/{\w+}/projects)/", path):
            continue
        for method in methods:
            if method in METHODS:
                for field in _fields(methods[method]):
                    if NAMING.search(field):
                        yield f"{method.replace('put', 'patch')} {re.sub(r'{[^}]*}', '{}', path)}", field


def _fields(operation: dict[str, Any]) -> Iterator[str]:
    for each in operation.get("parameters", []):
        if each["in"] == "query":
            yield f"?{each['name']}"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _properties(content["schema"])


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    schema = _resolved(schema)
    for part in ("allOf", "oneOf", "anyOf"):
        for each in schema.get(part, []):
            yield from _properties(each)
    for name, each in schema.get("properties", {}).items():
        if not (each.get("readOnly") or _resolved(each).get("readOnly")):
            yield name
    if schema.get("type") == "array":
        yield from _properties(schema["items"])


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema
