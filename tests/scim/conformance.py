"""The published conformance check of SCIM, scim2-tester, run against a server.

`python -m scripts.scim_conformance > docs/scim-conformance.md` prints its report; a test holds it and the server
together.
"""

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, overload

import httpx
from scim2_client import RequestNetworkException
from scim2_client.client import BaseSyncSCIMClient
from scim2_models import ResourceType, Schema, ScimProvider, ServiceProviderConfig
from scim2_tester import check_server
from scim2_tester.utils import CheckResult, Status

from tests.serving import Server

DOMAIN = "acme.example"
TRUSTING = {"HEDGEROW_TRUST_DOMAINS": "true"}
"""Settings of a server whose domains need no DNS."""

FAILED = (Status.ERROR, Status.CRITICAL, Status.DEVIATION)

_INTRODUCTION = """# SCIM: conformance report

Printed by `python -m scripts.scim_conformance > docs/scim-conformance.md`, which starts a server, claims a domain,
switches SCIM on and runs [scim2-tester](https://scim2-tester.readthedocs.io) {version} against it. A test runs it, too,
and fails when a check does.

The tester fills resources with random values. It is told what it cannot know from the schemas: that the addresses of
people are of the organization's domain, that the one address of an account is the primary one, and that people who are
to be in a group are active. It expects members of a group to come back as it has sent them, so the address that the
server adds to each is kept from it.
"""


class HTTPClient(BaseSyncSCIMClient):
    """Sends the tester's requests over HTTP."""

    def __init__(self, client: httpx.Client, **options: Any) -> None:
        super().__init__(**options)
        self.client = client

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return endpoint.startswith("/")

    def _parse_json(self, response: Any) -> Any:
        """The answer as the tester sees it: without the addresses of a group's members, which it did not send."""
        answer = response.json()
        for resource in [answer, *answer.get("Resources", [])]:
            for member in resource.get("members", []):
                del member["display"]
        return answer

    def request(self, method: str, url: str, **options: Any) -> Any:
        """The answer. Raises RequestNetworkException when there is none."""
        try:
            return self.client.request(method, url, **options)
        except httpx.HTTPError as error:
            raise RequestNetworkException from error


class FreshAddresses(Sequence[str]):
    """Examples of addresses: each one that is taken is another."""

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return f"{uuid.uuid4()}@{DOMAIN}"


def conformance_of(server: Server) -> list[CheckResult]:
    """What the tester finds at a server that trusts whoever claims a domain."""
    base_url, token = _switched_on(server)
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        client = HTTPClient(http)
        client.provider = _described(http)
        return check_server(client)


def report(results: list[CheckResult]) -> str:
    """The page about the results."""
    counts = Counter(result.status for result in results)
    told = ", ".join(f"{counts[status]} {status.name.lower()}" for status in Status if counts[status])
    return (
        "\n".join([_INTRODUCTION.format(version=version("scim2-tester")), f"**{told}.**", "", *_table(results)]) + "\n"
    )


def run(data_dir: Path) -> list[CheckResult]:
    """Start a server with its data in this directory, and check it."""
    with Server(data_dir, environment=TRUSTING) as server:
        return conformance_of(server)


def _switched_on(server: Server) -> tuple[str, str]:
    path = f"/api/organizations/{server.organization_id}/domains/"
    made = server.api.post(path, json={"domain": DOMAIN})
    assert made.status_code == 201, made.text
    domain = server.api.patch(f"{path}{made.json()['id']}/", json={"scim_enabled": True}).json()
    return f"{server.url}/scim/v2/{domain['id']}", domain["scim_bearer_token"]


def _described(http: httpx.Client) -> ScimProvider:
    """The server as it describes itself, with what only its operator knows."""

    def published(path: str) -> Any:
        return http.get(path).raise_for_status().json()

    schemas = published("/Schemas")["Resources"]
    for schema in schemas:
        for attribute in schema["attributes"]:
            if attribute["name"] == "members":
                attribute["subAttributes"] = [one for one in attribute["subAttributes"] if one["name"] != "display"]
    provider = ScimProvider.from_discovery(
        [Schema.model_validate(each) for each in schemas],
        [ResourceType.model_validate(each) for each in published("/ResourceTypes")["Resources"]],
        ServiceProviderConfig.model_validate(published("/ServiceProviderConfig")),
    )
    user: Any = next(model for model in provider.models if model.__name__ == "User")
    user.model_fields["active"].examples = [True]
    user.Emails.model_fields["value"].examples = FreshAddresses()
    user.Emails.model_fields["primary"].examples = [True]
    return provider


def _table(results: list[CheckResult]) -> Iterator[str]:
    yield "| | check | resource | result |"
    yield "|---|---|---|---|"
    for result in results:
        reason = _without_chance(" ".join((result.reason or "").split()))
        yield f"| {result.status.name.lower()} | {result.title} | {result.resource_type or ''} | {reason} |"


def _without_chance(reason: str) -> str:
    """The text without ids, which differ from run to run."""
    reason = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", reason)
    return re.sub(r"\bid \S+", "id …", reason).replace("|", "\\|")
