"""What is another organization's cannot be named in a query or a body."""

from tests.tenancy.callers import session, with_key
from tests.tenancy.named import named
from tests.tenancy.world import World


def test_what_is_anothers_cannot_be_named(world: World) -> None:
    faults = []
    for caller in (session(world.own), with_key("personal key `*`", world.own)):
        for each in named(world.own, world.other):
            answer, found = world.call(caller, each.method, each.address, each.body)
            if answer.status >= 500:
                found.append(f"{answer.status} {answer.text[:150]}")
            elif answer.status < 300:
                print(each, each.body, answer.status, answer.text[:300])
            faults += [f"{each} by {caller.name}: {fault}" for fault in found]
    assert world.is_whole()
    assert faults == [], "\n".join([str(len(faults)), *faults])


def test_the_same_is_done_with_what_is_ones_own(world: World) -> None:
    owner = session(world.own)
    faults = []
    for each in named(world.own, world.own):
        answer, found = world.call(owner, each.method, each.address, each.body)
        if (answer.status < 300) != each.works:
            found.append(f"{answer.status} {answer.text[:150]}")
        faults += [f"{each}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])
