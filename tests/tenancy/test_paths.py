"""No id in a path opens what is another organization's, whoever asks and however."""

from collections.abc import Iterator
from itertools import product

from tests.tenancy.callers import Caller, bearing, callers, session, taken
from tests.tenancy.filled import Filled
from tests.tenancy.operations import Operation, operations
from tests.tenancy.world import World

TELL_NOBODY = {
    "QueryLogView.get": (200, "an empty list for every id that is not the project's"),
    "OneQueryView.delete": (200, "the same for every id that is not the project's"),
    "OneQueryView.post": (400, "takes the name of a kind of queries, no id"),
    "RoleMembershipsViewSet.create": (400, "the role does not exist"),
}
"""Operations that refuse by another status than 403 or 404, and what they say."""
OPEN = {
    **{f"InviteSignupView.{method}": "the id of an invite is its secret" for method in ("get", "post")},
    **{f"ResetView.{method}": "asks for the token that was mailed" for method in ("get", "post")},
    **{f"{view}.post": "for people who are not signed in" for view in ("LoginView", "LoginPrecheckView")},
    **{f"{view}.post": "for people who are not signed in" for view in ("LoginTokenView", "SignupView")},
    **{f"{view}.post": "for people who are not signed in" for view in ("SocialSignupView", "AskForResetView")},
    **{f"{view}.post": "asks for the token that was mailed" for view in ("VerifyEmailView",)},
    "SocialSignupView.get": "for people who are not signed in",
    "RequestVerificationView.post": "for people who are not signed in",
    **{f"{view}.post": "for programs without a key" for view in ("DeviceCodeView", "PollDeviceView")},
    **{f"UnsubscribeView.{method}": "asks for the token that was mailed" for method in ("get", "post")},
    "PreflightView.get": "what the server can do",
}
"""Operations that ask for no account, and why."""
NOT_FOR_OWNERS = {
    "RemoteConfigView.get": "there are no flags",
    "NowhereView.initial": "there is nothing",
    "OrganizationsViewSet.create": "the settings of the server do not allow it",
}
"""Operations that refuse even the owner of everything."""


def test_no_id_in_a_path_opens_what_is_anothers(world: World) -> None:
    everybody = callers(world.own)
    faults = []
    for operation in operations():
        for owners in owners_of(operation, world):
            is_whole = all(owner is world.other for owner in owners)
            for address in operation.addresses(owners):
                for caller in asking(operation, everybody, is_whole):
                    answer, found = world.call(caller, operation.method, address, taken(world.other))
                    if answer.status not in refusals(operation, caller):
                        found.append(f"{answer.status} {answer.text[:150]}")
                    faults += [f"{operation.method} {address} by {caller.name}: {fault}" for fault in found]
    assert world.is_whole()
    assert faults == [], "\n".join([str(len(faults)), *faults])


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


def owners_of(operation: Operation, world: World) -> Iterator[tuple[Filled, ...]]:
    """Whose ids stand in the path: at least one is the other organization's."""
    if operation.name in OPEN:
        return
    for owners in product((world.own, world.other), repeat=len(operation.parameters)):
        if world.other in owners and (not operation.is_repeated or world.own not in owners):
            yield owners


def asking(operation: Operation, everybody: list[Caller], is_whole: bool) -> list[Caller]:
    """Everybody, where all ids are the other's; else those who get that far."""
    if operation.is_repeated:
        return everybody[:1]
    return everybody if is_whole or operation.is_scim else everybody[:2]


def refusals(operation: Operation, caller: Caller) -> set[int]:
    """The statuses of an answer that lets nobody in; 405 where the method is not for anybody."""
    if operation.name in TELL_NOBODY and caller.name in ("session", "personal key `*`"):
        return {TELL_NOBODY[operation.name][0], 403, 404}
    if caller.name == "nothing":
        return {401}
    refused = {403, 404, 405} if operation.name.endswith(".destroy") else {403, 404}
    return refused | {401} if caller.unknown or operation.is_scim else refused
