"""A key without the scope of an operation does nothing with it, whatever other scopes it has."""

import re
from functools import cache
from typing import Any

from hedgerow.api.scopes import ACTIONS, OBJECTS
from tests.tenancy.callers import Caller, taken, with_key
from tests.tenancy.matrix import OPEN
from tests.tenancy.operations import Operation, described, operations
from tests.tenancy.world import World

UNDESCRIBED = {
    "PreflightView.get": "stands beside the API",
    "UsersViewSet.start_2fa_setup": "an old name of another operation",
    "UsersViewSet.validate_2fa": "an old name of another operation",
}
"""What the OpenAPI document leaves out."""
KEY = "PersonalAPIKeyAuth"
NO_KEYS = "does not support [pP]ersonal API [kK]ey access|credentials were not provided"


def test_the_document_has_every_operation() -> None:
    missing = [f"{each} {each.name}" for each in operations() if not each.is_scim and described(each) is None]
    assert [each for each in missing if not any(name in each for name in UNDESCRIBED)] == []


def test_each_missing_scope_is_missed(world: World) -> None:
    @cache
    def without(scope: str) -> Caller:
        return with_key(f"key without `{scope}`", world.own, scopes=all_but(scope))

    faults = []
    for operation in operations():
        if operation.is_repeated or operation.is_scim or operation.name in OPEN:
            continue
        scopes = scopes_of(operation)
        for scope in ["*"] if scopes is None else scopes:
            address = next(operation.addresses((world.own,) * len(operation.parameters)))
            answer, found = world.call(without(scope), operation.method, address, taken(world.own))
            wanted = f"API key missing required scope '{scope}'" if scopes else NO_KEYS
            if answer.status not in (401, 403) or not re.search(wanted, answer.text):
                found.append(f"{answer.status} {answer.text[:150]}")
            faults += [f"{operation.method} {address} without {scope}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])


def scopes_of(operation: Operation) -> list[str] | None:
    """The scopes that a key needs; None where keys are not taken."""
    security: list[dict[str, Any]] = (described(operation) or {}).get("security", [])
    return next((way[KEY] for way in security if KEY in way), None)


def all_but(scope: str) -> list[str]:
    """Every scope that can be given, but not this one, nor one that includes it. `*` is all but everything."""
    name, _, action = scope.partition(":")
    without = {scope, f"{name}:write"} if action == "read" else {scope}
    return sorted({f"{each}:{does}" for each in OBJECTS for does in ACTIONS} - without)
