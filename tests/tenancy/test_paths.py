"""No id in a path opens what is another organization's, whoever asks and however."""

from pathlib import Path

from tests.tenancy.callers import Caller, bearing, callers, session, taken
from tests.tenancy.matrix import NOT_FOR_OWNERS, OPEN, asking, combinations, page, refusals
from tests.tenancy.operations import operations
from tests.tenancy.world import World

DOCUMENT = Path(__file__).parents[2] / "docs" / "tenancy-matrix.md"


def test_no_id_in_a_path_opens_what_is_anothers(world: World) -> None:
    everybody = callers(world.own)
    faults = []
    for operation in operations():
        for others in combinations(operation):
            for address in operation.addresses(tuple(world.other if each else world.own for each in others)):
                for caller in (each for each in everybody if each.name in asking(operation, others)):
                    answer, found = world.call(caller, operation.method, address, taken(world.other))
                    if answer.status not in refusals(operation, caller.name):
                        found.append(f"{answer.status} {answer.text[:150]}")
                    faults += [f"{operation.method} {address} by {caller.name}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])
    assert world.is_whole()


def test_the_same_ids_open_what_is_ones_own(world: World) -> None:
    """Else it would show nothing that those of others open nothing. Nothing of others is in any answer."""
    owner, provider = session(world.own), Caller("SCIM token", bearing(world.own.scim_token))
    last = [each for each in operations() if not each.is_repeated]
    faults = []
    for operation in sorted(last, key=lambda each: each.method == "delete"):
        caller = provider if operation.is_scim else owner
        for address in operation.addresses((world.own,) * len(operation.parameters)):
            address = address.replace(f"/users/{world.own.one('users')}/", "/users/@me/")
            answer, found = world.call(caller, operation.method, address, taken(world.own))
            is_refused = answer.status in (401, 403, 404)
            if is_refused != (operation.name in NOT_FOR_OWNERS) or answer.status == 500:
                found.append(f"{answer.status} {answer.text[:150]}")
            faults += [f"{operation.method} {address}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])


def test_nobody_is_let_in_without_a_credential(world: World) -> None:
    nobody = callers(world.own)[-1]
    faults = []
    for operation in operations():
        address = next(operation.addresses((world.own,) * len(operation.parameters)))
        answer, found = world.call(nobody, operation.method, address)
        if (answer.status == 401) == (operation.name in OPEN):
            found.append(f"{answer.status} {answer.text[:150]}")
        faults += [f"{operation.method} {address} {operation.name}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])


def test_the_document_tells_what_is_tried() -> None:
    assert DOCUMENT.read_text() == page(), "run `python -m tests.tenancy.matrix > docs/tenancy-matrix.md`"
