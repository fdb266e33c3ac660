"""HogQLAutocomplete: what could stand at the cursor of a query that is being written."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql.autocomplete import MOST, Suggestion, Suggestions, member_suggestions, suggestions
from hedgerow.projects.models import Project
from hedgerow.queries.kinds.hogql_metadata import PROGRAMS, TEMPLATES, source_text
from hedgerow.queries.placeholders import HogQLFilters, HogQLVariable
from hedgerow.queries.run import Kind, Run
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition


class HogQLAutocompleteQuery(BaseModel):
    """The question: about the place between two offsets in characters, the end of which is where the cursor is."""

    kind: Literal["HogQLAutocomplete"]
    language: str = "hogQL"
    query: str
    startPosition: int = Field(ge=0)  # noqa: N815
    endPosition: int = Field(ge=0)  # noqa: N815
    sourceQuery: dict[str, Any] | None = None  # noqa: N815
    globals: dict[str, Any] | None = None
    filters: HogQLFilters | None = None
    variables: dict[str, HogQLVariable] | None = None


class StoredTaxonomy:
    """The names a project uses, as they are known from its events."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def events(self, typed: str) -> Sequence[str]:
        """Names of events with `typed` in them."""
        found = EventDefinition.objects.filter(project=self._project, name__icontains=typed).order_by("name")
        return list(found.values_list("name", flat=True)[: MOST + 1])

    def properties(self, carrier: str, group_type: int, typed: str) -> Sequence[tuple[str, str]]:
        """Names and types of properties with `typed` in them."""
        found = PropertyDefinition.objects.filter(project=self._project, type=carrier, name__icontains=typed)
        if carrier == PropertyDefinition.Type.GROUP and group_type >= 0:
            found = found.filter(group_type_index=group_type)
        rows = found.order_by("name").values_list("name", "property_type")[: MOST + 1]
        return [(name, kind or "") for name, kind in rows]


def answer(query: HogQLAutocompleteQuery, run: Run) -> dict[str, Any]:
    """The suggestions, the best first; `incomplete_list` when there are more than are given."""
    with run.step("suggest"):
        found = _suggestions(query, run)
    return {
        "suggestions": [_plain(each) for each in found.items],
        "incomplete_list": found.is_cut,
        "timings": None,
    }


def _suggestions(query: HogQLAutocompleteQuery, run: Run) -> Suggestions:
    cursor = min(query.endPosition, len(query.query))
    if query.language in (*PROGRAMS, *TEMPLATES):
        return member_suggestions(query.query, cursor, query.globals or {})
    given: dict[str, Any] = dict(query.globals or {})
    given["filters"] = {"dateRange": {"from": None, "to": None}}
    given["variables"] = {variable.code_name: variable.value for variable in (query.variables or {}).values()}
    is_expression = query.language != "hogQL"
    return suggestions(
        query.query,
        cursor,
        run.context,
        StoredTaxonomy(run.project),
        default_table="events" if is_expression else None,
        source=source_text(query.sourceQuery) if is_expression else None,
        placeholders=given,
    )


def _plain(each: Suggestion) -> dict[str, str]:
    return {
        "label": each.label,
        "insertText": each.insert,
        "kind": each.kind,
        "detail": each.detail,
        "documentation": each.documentation,
    }


HOGQL_AUTOCOMPLETE = Kind(HogQLAutocompleteQuery, answer, is_cached=False)
