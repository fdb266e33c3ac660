"""Cohorts in a query: which one is meant, and which rows of `cohort_people` are its members now."""

from hedgerow.hogql import ast
from hedgerow.hogql.context import Cohort, ProjectContext
from hedgerow.hogql.database import COHORT_PEOPLE
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.sources import StoredTable
from hedgerow.hogql.values import Compilation


def find_cohort(context: ProjectContext, node: ast.Expr) -> Cohort:
    """The project's cohort of an id or a name. Raises ResolutionError if there is none, or several of a name."""
    asked = node.value if isinstance(node, ast.Constant) else None
    if isinstance(asked, int) and not isinstance(asked, bool):
        if asked in context.cohorts:
            return context.cohorts[asked]
        raise ResolutionError(f"Cohort {asked} does not exist", node.start, node.end)
    if not isinstance(asked, str):
        raise ResolutionError("IN COHORT takes the id or the name of a cohort.", node.start, node.end)
    named = [cohort for cohort in context.cohorts.values() if cohort.name == asked]
    if not named:
        raise ResolutionError(f"Cohort '{asked}' does not exist", node.start, node.end)
    if len(named) > 1:
        ids = ", ".join(str(cohort.id) for cohort in named)
        raise ResolutionError(f"Several cohorts are named '{asked}': use one of their ids {ids}", node.start, node.end)
    return named[0]


def members_of(compilation: Compilation, cohort: Cohort) -> str:
    """A subquery that gives the persons of a cohort, for IN."""
    if "cohort_people" not in compilation.tables:
        compilation.tables.append("cohort_people")
    table = StoredTable(compilation, COHORT_PEOPLE)
    cohort_id, version = compilation.bind(cohort.id, "Int64"), compilation.bind(cohort.version, "Int64")
    of_cohort = f"{table.alias}.cohort_id = {cohort_id} AND {table.alias}.version = {version}"
    text = f"SELECT {table.alias}.person_id FROM {table.sql()} WHERE {table.condition()} AND {of_cohort}"  # noqa: S608
    return f"({text})"
