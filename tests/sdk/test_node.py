"""The real Node SDK against a running server."""

import json
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.serving import Server

HERE = Path(__file__).parent


def test_events_person_alias_and_group_come_back(server: Server) -> None:
    someone, company = f"node-{uuid.uuid4()}", f"acme-{uuid.uuid4()}"

    done = subprocess.run(
        ["node", HERE / "node_client.mjs", server.url, server.project_api_key, someone, company],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"flags": {}}
    rows = server.wait_for_rows(
        "select event from events where distinct_id = {someone} order by event", 4, someone=someone
    )
    assert [event for [event] in rows] == ["$create_alias", "$identify", "order placed", "sent at once"]
    [[timestamp, total, gift, note, key, name, seats, email, first_seen_on, library]] = server.hogql(
        "select timestamp, properties.total, properties.gift, properties.note, $group_0, group_0.properties.name,"
        " group_0.properties.seats, person.properties.email, person.properties.first_seen_on, properties.$lib"
        " from events where distinct_id = {someone} and event = 'order placed'",
        someone=someone,
    )
    # The clock of the sender is corrected by the moment it says it sent the batch.
    assert abs(datetime.fromisoformat(timestamp) - datetime(2026, 3, 29, 1, 30, 15, tzinfo=UTC)) < timedelta(seconds=30)
    assert (float(total), str(gift).lower(), note) == (42.5, "true", "naïve 🫖")
    assert (key, name, float(seats)) == (company, "Acme", 12.0)
    assert (email, first_seen_on, library) == ("ada@example.com", "blog", "posthog-node")
    [[owners]] = server.hogql(
        "select count(distinct person_id) from person_distinct_ids where distinct_id in ({someone}, {alias})",
        someone=someone,
        alias=f"{someone}-alias",
    )
    assert owners == 1
