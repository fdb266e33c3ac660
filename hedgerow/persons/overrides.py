"""Folding: past events of merged persons are rewritten to the surviving person, so that queries need not look it up."""

import threading

from hedgerow.eventstore.client import EventStore, EventStoreError

MOST_FOLDED = 300_000
"""Distinct ids folded at once; the rest waits for the next time."""

_POLL_SECONDS = 0.05
_COLUMNS = "(team_id Int64, distinct_id String, person_id UUID, version UInt64)"
_CONCERNED = "(team_id, distinct_id) IN (SELECT team_id, distinct_id FROM person_overrides_fold)"


def prepare_fold(event_store: EventStore) -> None:
    """Take down which overrides `finish_fold` is to fold.

    To be called while no batch of events is between its recording and its insert: then every event that has to be
    rewritten is stored already, and later ones get the new person from the records.
    """
    _forget_unfinished(event_store)
    if event_store.query("SELECT count() FROM person_overrides").rows[0][0]:
        event_store.command(
            f"CREATE TABLE person_overrides_fold {_COLUMNS} ENGINE = MergeTree ORDER BY (team_id, distinct_id)"
        )
        event_store.command(
            "INSERT INTO person_overrides_fold SELECT team_id, distinct_id, person_id, version"
            " FROM person_overrides FINAL ORDER BY team_id, distinct_id LIMIT {most:UInt64}",
            {"most": MOST_FOLDED},
        )


def finish_fold(event_store: EventStore, stop: threading.Event) -> int:
    """Rewrite the stored events of the overridden distinct ids taken down, and remove their overrides.

    Gives the number of distinct ids. Answers of queries are the same before, meanwhile and after: an override goes only
    when no event needs it any more, and one that is newer than what was taken down stays. Events may be stored
    meanwhile. It may be cut off at any point, also by `stop`, and started again by `prepare_fold`: what has been
    rewritten is right, and overrides go last.
    """
    if not event_store.query(
        "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'person_overrides_fold'"
    ).rows:
        return 0
    # The same overrides once more, as a table that gives values by key.
    event_store.command(
        f"CREATE TABLE person_overrides_fold_lookup {_COLUMNS} ENGINE = Join(ANY, LEFT, team_id, distinct_id)"
    )
    event_store.command("INSERT INTO person_overrides_fold_lookup SELECT * FROM person_overrides_fold")
    # A mutation runs without the database of the connection, so the lookup is named in full.
    database = event_store.query("SELECT currentDatabase()").rows[0][0].replace("'", "''")
    new_person, folded_version = (
        f"joinGet('{database}.person_overrides_fold_lookup', '{column}', team_id, distinct_id)"
        for column in ("person_id", "version")
    )
    # Most overrides are of ids that had no events before, and the others concern few months: only those are rewritten.
    stale = event_store.query(
        f"SELECT DISTINCT _partition_id FROM events WHERE {_CONCERNED} AND person_id != {new_person}"  # noqa: S608
    )
    mutations = [
        ("events", f"UPDATE person_id = {new_person} IN PARTITION ID '{partition}' WHERE {_CONCERNED}")
        for (partition,) in stale.rows
    ]
    mutations.append(("person_overrides", f"DELETE WHERE {_CONCERNED} AND version <= {folded_version}"))
    for table, change in mutations:
        if not _mutate(event_store, table, change, stop):
            return 0
    folded: int = event_store.query("SELECT count() FROM person_overrides_fold").rows[0][0]
    _drop_snapshot(event_store)
    return folded


def _mutate(event_store: EventStore, table: str, change: str, stop: threading.Event) -> bool:
    """Change a table and wait until it is done. False: `stop` came first. Raises `EventStoreError` if it fails."""
    event_store.command(f"ALTER TABLE {table} {change}")
    while True:
        failures = event_store.query(
            "SELECT latest_fail_reason FROM system.mutations WHERE database = currentDatabase()"
            " AND table = {table:String} AND NOT is_done AND position(command, 'person_overrides_fold') > 0",
            {"table": table},
        ).rows
        if not failures:
            return True
        for (reason,) in failures:
            if reason:
                raise EventStoreError(reason)
        if stop.wait(_POLL_SECONDS):
            return False


def _forget_unfinished(event_store: EventStore) -> None:
    """End what a fold that was cut off has left: rewriting that would go on with the next snapshot, and its own."""
    event_store.command(
        "KILL MUTATION WHERE database = currentDatabase() AND table IN ('events', 'person_overrides') AND NOT is_done"
        " AND position(command, 'person_overrides_fold') > 0 SYNC"
    )
    _drop_snapshot(event_store)


def _drop_snapshot(event_store: EventStore) -> None:
    event_store.command("DROP TABLE IF EXISTS person_overrides_fold_lookup SYNC")
    event_store.command("DROP TABLE IF EXISTS person_overrides_fold SYNC")
