"""Making and changing actions over HTTP."""

from typing import Any

from tests.queries.asking import Api


def make_action(api: Api, name: str, *steps: dict[str, Any]) -> int:
    """A new action; its id."""
    answer = api.send("POST", "actions/", {"name": name, "steps": list(steps)})
    assert answer.status_code == 201, answer.content.decode()
    id: int = answer.json()["id"]  # type: ignore[attr-defined]
    return id


def change_action(api: Api, id: int, **fields: Any) -> dict[str, Any]:
    """The action as it is after a change."""
    answer = api.send("PATCH", f"actions/{id}/", fields)
    assert answer.status_code == 200, answer.content.decode()
    changed: dict[str, Any] = answer.json()  # type: ignore[attr-defined]
    return changed
