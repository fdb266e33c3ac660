"""Cohorts in the tree of files."""

from typing import Any

from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.saving import save
from hedgerow.files.kinds import FileKind


def delete_cohort(cohort: Cohort, user: Any) -> None:
    """Hide a cohort. Raises ValidationError when something uses it."""
    save(cohort, {"deleted": True}, user=user)


def restore_cohort(cohort: Cohort, user: Any) -> None:
    """Show a deleted cohort again."""
    save(cohort, {"deleted": False}, user=user)


COHORTS = FileKind(
    type="cohort",
    model=Cohort,
    folder="Unfiled/Cohorts",
    ref_field="id",
    name=lambda cohort: cohort.name,
    href=lambda cohort: f"/cohorts/{cohort.pk}",
    is_hidden=lambda cohort: cohort.deleted,
    fields=frozenset({"name", "deleted"}),
    delete=delete_cohort,
    restore=restore_cohort,
)
