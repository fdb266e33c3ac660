"""Calling the tree of a project over HTTP."""

from functools import cached_property
from typing import Any

from django.test import Client

from tests.accounts import Account


class Tree:
    """The file system of an account's project, as a program with a personal API key sees it."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @cached_property
    def client(self) -> Client:
        """With a key that may do everything."""
        return self.account.api()

    def url(self, rest: str = "", resource: str = "file_system", mount: str = "projects") -> str:
        """A path below the project."""
        return f"/api/{mount}/{self.account.project.pk}/{resource}/{rest}"

    def send(self, method: str, rest: str = "", body: Any = None, resource: str = "file_system") -> Any:
        """Any request about the tree, or another resource of the project."""
        call = getattr(self.client, method.lower())
        return call(self.url(rest, resource), "" if body is None else body, content_type="application/json")

    def get(self, rest: str = "", resource: str = "file_system", **asked: Any) -> Any:
        """The body of what is read."""
        answer = self.client.get(self.url(rest, resource), asked)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def done(self, method: str, rest: str = "", body: Any = None, resource: str = "file_system") -> Any:
        """The body of the answer to something that succeeds."""
        answer = self.send(method, rest, body, resource)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    def make(self, path: str, type: str = "doc", **fields: Any) -> dict[str, Any]:
        """A new entry."""
        made: dict[str, Any] = self.done("POST", "", {"path": path, "type": type, **fields})
        return made

    def make_object(self, resource: str, **fields: Any) -> dict[str, Any]:
        """A new object of another kind."""
        made: dict[str, Any] = self.done("POST", "", fields, resource)
        return made

    def entry(self, **asked: Any) -> dict[str, Any]:
        """The only entry that is asked for."""
        found = self.get(**asked)["results"]
        assert len(found) == 1, found
        only: dict[str, Any] = found[0]
        return only

    def paths(self, **asked: Any) -> list[str]:
        """The paths of the entries asked for, in the order of the list."""
        return [each["path"] for each in self.get(limit=10_000, **asked)["results"]]
