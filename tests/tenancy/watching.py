"""What belongs to an organization, and whether somebody touched it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model

from hedgerow.blobs.store import store
from hedgerow.eventstore.client import EventStore

Rows = dict[Any, tuple[Any, ...]]
_WRITES = re.compile(r'\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) "(\w+)"', re.IGNORECASE)


def all_rows(tables: set[str] | None = None) -> dict[str, Rows]:
    """All rows of all models, or of those with these tables, by primary key."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if tables is not None and model._meta.db_table not in tables:
            continue
        names = [each.attname for each in model._meta.concrete_fields]
        key = names.index(model._meta.pk.attname)
        found[model._meta.label] = {row[key]: tuple(map(repr, row)) for row in model._base_manager.values_list(*names)}
    return found


@dataclass
class Watch:
    """Rows that came into being between `before` and `after` are the watched organization's."""

    before: dict[str, Rows]
    after: dict[str, Rows]
    _written: set[str] = field(default_factory=set)

    def owned(self, label: str) -> set[Any]:
        """The primary keys of the organization's rows."""
        return set(self.after[label]) - set(self.before[label])

    @contextmanager
    def looking(self) -> Iterator[Callable[[], list[str]]]:
        """Gives a function that tells what has been done to the organization meanwhile."""
        self._written.clear()
        with connection.execute_wrapper(self._note):
            yield self._faults

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITES.match(sql):
            self._written.add(found[1])
        return execute(sql, params, many, context)

    def _faults(self) -> list[str]:
        if not self._written:
            return []
        now = all_rows(self._written)
        faults = []
        for label in now:
            model = apps.get_model(label)
            owned = self.owned(label)
            touched = [pk for pk in owned if now[label].get(pk) != self.after[label][pk]]
            if touched:
                faults.append(f"changed {label} {touched}")
            new = [pk for pk, row in now[label].items() if pk not in owned and self.after[label].get(pk) != row]
            faults += [f"{label} {pk} leads to the other organization" for pk in new if self._leads(model, pk)]
        return faults

    def _leads(self, model: type[Model], pk: Any) -> bool:
        keys = [each for each in model._meta.concrete_fields if isinstance(each, ForeignKey)]
        row = dict(model._base_manager.filter(pk=pk).values(*[key.attname for key in keys])[0]) if keys else {}
        return any(row[key.attname] in self.owned(key.related_model._meta.label) for key in keys)  # type: ignore[union-attr]


def kept(event_store: EventStore, project_id: int) -> dict[str, Any]:
    """How much of a project is in the event store and among the files."""
    tables = event_store.query(
        "SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'team_id'"
    )
    counts = {
        table: event_store.query(f"SELECT count() FROM {table} WHERE team_id = {project_id}").rows
        for (table,) in tables.rows
    }
    files = [key for folder in ("exports", "recordings") for key in store().keys(folder) if f"/{project_id}/" in key]
    return {**counts, "files": sorted(files)}
