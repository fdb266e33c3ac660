"""Choosing the columns of a table, in the dialog of exports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.exports.content import first_rows
from hedgerow.exports.making import OF_USER, TRANSIENT, reason_of
from hedgerow.exports.tables.cells import Columns, values_of
from hedgerow.exports.tables.headings import heading
from hedgerow.projects.models import Project
from hedgerow.web.exports.asking import draft_of
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import project_page, render_page

ROWS_LOOKED_AT = 200
MOST_COLUMNS = 1_000
"""Further ones are not offered; they are in a file of all columns."""


@dataclass(frozen=True)
class Column:
    """A column that a table can have: its name, what people call it, and those below it that it stands for."""

    name: str
    title: str
    below: Sequence["Column"] = ()


@require_POST
@project_page
def columns(request: HttpRequest, project: Project) -> HttpResponse:
    """The columns of the first rows of what is to be exported, as a part of the dialog."""
    context: dict[str, Any] = {}
    try:
        context["columns"] = columns_of(first_rows(draft_of(request, project), ROWS_LOOKED_AT))
    except APIException as error:
        context["problem"] = sentence_of(error)
    except (*OF_USER, *TRANSIENT) as error:
        context["problem"] = reason_of(error)
    return render_page(request, "web/exports/columns.html", context)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[Column]:
    """The columns of some rows; those inside one object stand below a column for all of them."""
    found = Columns()
    for row in rows:
        for name, _ in values_of(row):
            found.place(name)
    groups: dict[str, list[str]] = {}
    for name, _ in found.arranged(None)[:MOST_COLUMNS]:
        groups.setdefault(_object_of(name), []).append(name)
    return [_column(holder, names) for holder, names in groups.items()]


def _column(holder: str, names: list[str]) -> Column:
    if names == [holder]:
        return Column(holder, heading(holder))
    return Column(holder, f"All of {holder}", [Column(name, heading(name)) for name in names])


def _object_of(name: str) -> str:
    """The object that a column is a value in, which is the column itself where it is in none."""
    first, _, rest = name.partition(".")
    second = rest.partition(".")[0]
    return f"*.{second}" if first == "*" and second else first
