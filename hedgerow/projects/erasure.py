"""Removing what the event store holds of a deleted project."""

from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from hedgerow.eventstore.client import event_store

if TYPE_CHECKING:
    from hedgerow.projects.models import Project

logger = structlog.get_logger(__name__)

_TABLES = "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'team_id' ORDER BY table"


def erase_events(project_id: int) -> None:
    """Have the engine remove every row of the project.

    It does so in the background and goes on after a restart. The project's id is never given again, so until then
    nobody can see the rows. Raises `EventStoreError` when the engine does not take the order.
    """
    store = event_store()
    for (table,) in store.query(_TABLES).rows:
        store.command(
            "ALTER TABLE {table:Identifier} DELETE WHERE team_id = {team:Int64}", {"table": table, "team": project_id}
        )
    logger.info("events_of_deleted_project_erased", project=project_id)


def erase_after_commit(instance: "Project", **signal: Any) -> None:
    """Erase the events of a project once its deletion is committed; a failure is only logged."""
    transaction.on_commit(partial(erase_events, instance.pk), robust=True)
