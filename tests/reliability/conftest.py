"""What the tests of reliability share."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.reliability.tenants import SECRET, Tenant, wait_for_events
from tests.serving import Server


@pytest.fixture(scope="module")
def tenants(server: Server, request: pytest.FixtureRequest) -> Iterator[tuple[Tenant, Tenant]]:
    """A curious tenant, and another whose event, person and group all carry the secret; anew for each module."""
    made = []
    for name in (f"{who}-{request.module.__name__.rpartition('.')[2]}" for who in ("curious", "other")):
        account = json.loads(
            server.run(
                *("setup", "--email", f"{name}@example.com", "--password", "correct horse battery staple"),
                *("--organization", name, "--project", f"{name} project", "--json"),
            )
        )
        api = httpx.Client(
            base_url=server.url, timeout=60, headers={"Authorization": f"Bearer {account['personal_api_key']}"}
        )
        made.append(
            Tenant(int(account["project_id"]), account["project_api_key"], account["organization_id"], api),
        )
    curious, other = made
    for tenant, value in ((curious, "mine"), (other, SECRET)):
        batch = [
            {
                "event": "$groupidentify",
                "distinct_id": "shared-id",
                "properties": {"$group_type": "company", "$group_key": "acme", "$group_set": {"name": value}},
            },
            {
                "event": "visited",
                "distinct_id": "shared-id",
                "properties": {
                    "place": value,
                    "$session_id": f"session-{value}",
                    "$set": {"name": value},
                    "$groups": {"company": "acme"},
                },
            },
            {"event": value, "distinct_id": value},
        ]
        httpx.post(f"{server.url}/batch/", json={"api_key": tenant.token, "batch": batch}).raise_for_status()
        wait_for_events(tenant, 3)
    yield curious, other
    curious.api.close()
    other.api.close()
