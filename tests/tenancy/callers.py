"""Somebody who tries to reach what is another organization's, with each kind of credential there is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import transaction
from django.test import Client
from django.utils import timezone

from hedgerow.organizations.keys import hash_key, make_key, mask_key
from hedgerow.organizations.models import PersonalAPIKey
from tests.tenancy.filled import Filled


@dataclass(frozen=True)
class Caller:
    """A client with a credential; `name` is one of `tests.tenancy.matrix.KINDS`, or tells of a key."""

    name: str
    client: Client
    query: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, address: str, body: Any = None) -> "Answer":
        """A request; what it changes in the records is taken back by the caller of this."""
        joint = "&" if "?" in address else "?"
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        response: Any = self.client.generic(
            method.upper(),
            f"{address}{joint}{query}" if query else address,
            data=b"" if method == "get" else orjson.dumps({} if body is None else body),
            content_type="application/scim+json" if address.startswith("/scim/") else "application/json",
        )
        return Answer(response.status_code, _text(response))

    def send_form(self, method: str, address: str, fields: dict[str, Any]) -> "Answer":
        """A visit of a page, or a form sent to it."""
        response: Any = self.client.get(address) if method == "get" else self.client.post(address, fields)
        return Answer(response.status_code, _text(response))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str


def taken(owner: Filled) -> dict[str, Any]:
    """What is sent where something can be changed; where it names a tile, it is one of this owner's."""
    texts = ("name", "description", "label", "first_name", "new_path", "key", "value", "$unset")
    board = owner.dashboard.pk
    return {
        **dict.fromkeys(texts, "taken"),
        **{"deleted": True, "viewed": True, "token": "000000", "properties": {"taken": "taken"}},
        **{"tile": {"id": owner.tile.pk}, "tileId": owner.tile.pk, "fromDashboardId": board, "to_dashboard": board},
        "tile_id": owner.text_tile.pk,
        "query": {"kind": "HogQLQuery", "query": "select 1"},
    }


def callers(own: Filled) -> list[Caller]:
    """All kinds, each of this organization."""
    organization, project = str(own.account.organization.pk), own.account.project.pk
    return [
        session(own),
        with_key("personal key `*`", own),
        with_key("personal key of the own project", own, scoped_teams=[project]),
        with_key("personal key of the own organization", own, scoped_organizations=[organization]),
        Caller("project secret key", bearing(own.secret_key)),
        Caller("share token", Client(), {"sharing_access_token": own.board_share.access_token}),
        Caller("SCIM token", bearing(own.scim_token)),
        Caller("nothing", Client()),
    ]


def session(own: Filled) -> Caller:
    """The owner, signed in."""
    client = Client()
    client.force_login(own.account.user)
    return Caller("session", client)


def with_key(name: str, own: Filled, scopes: list[str] | None = None, **narrowing: Any) -> Caller:
    """The owner's key."""
    value = make_key()
    hashed = {"secure_value": hash_key(value), "mask_value": mask_key(value)}
    used = {"last_used_at": timezone.now()}  # so that no call has to note it
    PersonalAPIKey.objects.create(
        user=own.account.user, label="k", scopes=scopes or ["*"], **hashed, **used, **narrowing
    )
    return Caller(name, bearing(value))


def bearing(token: str) -> Client:
    """A client that sends this token."""
    return Client(headers={"Authorization": f"Bearer {token}"})


def undone(do: Callable[[], Answer]) -> Answer:
    """Do something and take back what it changed in the records."""
    with transaction.atomic():
        answer = do()
        transaction.set_rollback(True)
    return answer


def _text(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")
