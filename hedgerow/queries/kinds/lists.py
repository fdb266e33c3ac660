"""What lists of events and of sessions have in common: the request, its times, and the columns that are objects."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator

from hedgerow.hogql import ast
from hedgerow.hogql.context import ActionStep
from hedgerow.insights.dates import parse_moment
from hedgerow.insights.properties import PropertiesField
from hedgerow.queries.errors import QueryError
from hedgerow.queries.kinds.columns import column, without_label
from hedgerow.queries.persons import PersonCells
from hedgerow.queries.run import Run

CLOCK_SKEW = timedelta(seconds=5)
"""How far ahead of this clock events may be that a list without an end shows."""

_BY_DISTINCT_ID = ("person", "person_display_name")


class ListQuery(BaseModel):
    """The question for a list; without `after` for the last 24 hours, with `all` for all time."""

    select: list[str] = Field(default_factory=lambda: ["*"], max_length=200)
    where: list[str] | None = None
    properties: PropertiesField | None = None
    fixedProperties: PropertiesField | None = None  # noqa: N815
    event: str | None = None
    actionId: int | None = None  # noqa: N815
    personId: UUID | None = None  # noqa: N815
    filterTestAccounts: bool | None = False  # noqa: N815
    after: str | None = None
    before: str | None = None
    orderBy: list[str] | None = None  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)

    @field_validator("select")
    @classmethod
    def _all_by_default(cls, select: list[str]) -> list[str]:
        return select or ["*"]


def selected(text: str, whole: Sequence[str]) -> ast.Expr:
    """The expression of a column; of `*` the fields `whole`, of a person the distinct id it is looked up by."""
    bare = without_label(text)
    if bare == "*":
        return ast.Call("tuple", [ast.Field([name]) for name in whole])
    return ast.Field(["distinct_id"]) if bare in _BY_DISTINCT_ID else column(text)


def shape_cells(
    select: Sequence[str], rows: list[list[Any]], run: Run, whole: Callable[[Sequence[Any]], dict[str, Any]]
) -> None:
    """Make objects of the columns that are more than a value, in place: of persons, and of `*` what `whole` makes."""
    for index, text in enumerate(map(without_label, select)):
        if text == "*":
            for row in rows:
                row[index] = whole(row[index])
        elif text in _BY_DISTINCT_ID:
            with run.step("persons"):
                cells = PersonCells.of(run.project, (row[index] for row in rows))
            cell = cells.person if text == "person" else cells.display_name
            for row in rows:
                row[index] = cell(row[index])


def moment(text: str, run: Run) -> datetime:
    """A date, a time or a span back from now such as `-24h`, in the project's time zone."""
    return parse_moment(text, ZoneInfo(run.project.timezone), run.now, run.project.week_start_day or 0).at


def steps_of_action(action_id: int, run: Run) -> Sequence[ActionStep]:
    """The steps of one of the project's actions. Raises QueryError if it does not exist or has none."""
    action = run.context.actions.get(action_id)
    if action is None:
        raise QueryError("Action does not exist")
    if not action.steps:
        raise QueryError("Action does not have any match groups")
    return action.steps
