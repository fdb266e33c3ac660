"""No id in a path opens what is another organization's, whoever asks and however."""

from itertools import product

import pytest

from tests.tenancy.callers import Caller, callers
from tests.tenancy.filled import Filled
from tests.tenancy.operations import Operation, operations
from tests.tenancy.world import World

OPEN = {
    "InviteSignupView.get": "the id of an invite is its secret",
    "InviteSignupView.post": "the id of an invite is its secret",
    "ResetView.get": "asks for the token that was mailed",
    "ResetView.post": "asks for the token that was mailed",
}
"""Operations that ask for no account, and why their ids open nothing."""


def with_ids() -> list[Operation]:
    return [each for each in operations() if each.parameters and each.name not in OPEN]


def test_every_id_in_a_path_is_known() -> None:
    """A new resource is made by `filled.py` as well, or this fails."""


def test_no_id_in_a_path_opens_what_is_anothers(world: World) -> None:
    everybody = callers(world.own)
    faults, tried = [], 0
    for operation in with_ids():
        for owners in owners_of(operation, world):
            for address in operation.addresses(owners):
                is_whole = all(owner is world.other for owner in owners)
                for caller in everybody if is_whole else everybody[:2]:
                    answer, found = world.call(caller, operation.method, address)
                    tried += 1
                    if answer.status not in allowed(operation, caller):
                        found.append(f"{answer.status} {answer.text[:150]}")
                    faults += [f"{operation.method} {address} by {caller.name}: {fault}" for fault in found]
    print(tried)
    assert world.is_whole()
    assert faults == [], "\n".join([str(len(faults)), *faults])


def owners_of(operation: Operation, world: World) -> list[tuple[Filled, ...]]:
    """Whose ids stand in the path: at least one is the other organization's."""
    both = product((world.own, world.other), repeat=len(operation.parameters))
    return [owners for owners in both if world.other in owners]


def allowed(operation: Operation, caller: Caller) -> set[int]:
    """The statuses that a refusal may have."""
    return {401, 403, 404} if caller.unknown else {403, 404}
