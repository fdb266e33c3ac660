"""Folding: past events of merged persons are rewritten to the surviving person, so that queries need not look it up."""

from hedgerow.eventstore.client import EventStore

MOST_FOLDED = 500_000
"""Distinct ids folded at once; the rest waits for the next time."""

_COLUMNS = "(team_id Int64, distinct_id String, person_id UUID, version UInt64)"
_CONCERNED = "(team_id, distinct_id) IN (SELECT team_id, distinct_id FROM person_overrides_fold)"


def fold_overrides(event_store: EventStore) -> int:
    """Rewrite the stored events of overridden distinct ids and remove their overrides; the number of distinct ids.

    Answers of queries are the same before, meanwhile and after: an override goes only when no event needs it any more,
    and one that is newer than what was folded stays.

    It may be cut off at any point and started again: what has been rewritten is right, and overrides go last.
    It must not run while a batch of events is between its recording and its insert, since events recorded before a
    merge and inserted after the fold would keep the person they had. One thread of the loader does both, batch after
    batch, and folds in between; events recorded after the merge get the new person from the records.
    """
    _forget_unfinished(event_store)
    if not event_store.query("SELECT count() FROM person_overrides").rows[0][0]:
        return 0
    folded = _take_snapshot(event_store)
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
    for (partition,) in stale.rows:
        event_store.command(
            f"ALTER TABLE events UPDATE person_id = {new_person} IN PARTITION ID '{partition}' WHERE {_CONCERNED}",
            settings={"mutations_sync": 1},
        )
    event_store.command(
        f"ALTER TABLE person_overrides DELETE WHERE {_CONCERNED} AND version <= {folded_version}",
        settings={"mutations_sync": 1},
    )
    _drop_snapshot(event_store)
    return folded


def _take_snapshot(event_store: EventStore) -> int:
    """Copy the overrides to fold to two tables: one to read through, and one that gives values by key."""
    event_store.command(
        f"CREATE TABLE person_overrides_fold {_COLUMNS} ENGINE = MergeTree ORDER BY (team_id, distinct_id)"
    )
    event_store.command(
        f"CREATE TABLE person_overrides_fold_lookup {_COLUMNS} ENGINE = Join(ANY, LEFT, team_id, distinct_id)"
    )
    event_store.command(
        "INSERT INTO person_overrides_fold SELECT team_id, distinct_id, person_id, version FROM person_overrides FINAL"
        " ORDER BY team_id, distinct_id LIMIT {most:UInt64}",
        {"most": MOST_FOLDED},
    )
    event_store.command("INSERT INTO person_overrides_fold_lookup SELECT * FROM person_overrides_fold")
    taken: int = event_store.query("SELECT count() FROM person_overrides_fold").rows[0][0]
    return taken


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
