"""Two organizations on one server, of which neither may see anything of the other."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

SECRET = "the-other-projects-secret"


@dataclass(frozen=True)
class Tenant:
    """One organization's project and a client with its key."""

    project_id: int
    token: str
    organization_id: str
    api: httpx.Client

    def query(self, query: dict[str, Any], project_id: int | None = None) -> httpx.Response:
        """The answer to a query in the own project, or in another."""
        return self.api.post(
            f"/api/projects/{project_id or self.project_id}/query/",
            json={"query": query, "refresh": "force_blocking"},
        )


def wait_for_events(tenant: Tenant, count: int) -> None:
    """Wait until the tenant's project holds so many events."""
    deadline = time.monotonic() + 20
    while tenant.query({"kind": "HogQLQuery", "query": "select count() from events"}).json()["results"] != [[count]]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
