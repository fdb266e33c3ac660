"""Which operation is tried with whose ids and which credentials, as a table.

`python -m tests.tenancy.matrix > docs/tenancy-matrix.md` writes it down.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import product

from tests.tenancy.operations import Operation, operations

SESSION, KEY, NOTHING = "session", "personal key `*`", "nothing"
KINDS = {
    SESSION: "the owner of the organization, signed in",
    KEY: "a personal API key of the owner with every scope",
    "personal key of the own project": "the same, narrowed to the own project",
    "personal key of the own organization": "the same, narrowed to the own organization",
    "project secret key": "a secret key of the own project",
    "share token": "the token of a dashboard that the own organization shares",
    "SCIM token": "the token of the own identity provider",
    NOTHING: "no credential",
}
"""Kinds of credentials, and what they are."""
UNKNOWN = ("share token", "SCIM token", NOTHING)
"""Those that are none in most places."""
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


def combinations(operation: Operation) -> Iterator[tuple[bool, ...]]:
    """In which places of the path ids of the other organization stand; in the others are one's own."""
    if operation.name in OPEN:
        return
    for others in product((False, True), repeat=len(operation.parameters)):
        if any(others) and (all(others) or not operation.is_repeated):
            yield others


def asking(operation: Operation, others: tuple[bool, ...]) -> list[str]:
    """Everybody, where all ids are the other's; else those who get that far."""
    if operation.is_repeated:
        return [SESSION]
    return list(KINDS) if all(others) or operation.is_scim else [SESSION, KEY]


def refusals(operation: Operation, kind: str) -> set[int]:
    """The statuses of an answer that lets nobody in; 405 where the method is not for anybody."""
    if operation.name in TELL_NOBODY and kind in (SESSION, KEY):
        return {TELL_NOBODY[operation.name][0], 403, 404}
    if kind == NOTHING:
        return {401}
    refused = {403, 404, 405} if operation.name.endswith(".destroy") else {403, 404}
    return refused | {401} if kind in UNKNOWN or operation.is_scim else refused


def page() -> str:
    """The document."""
    tried: Counter[str] = Counter()
    rows = []
    for operation in operations():
        kinds = Counter(kind for others in combinations(operation) for kind in asking(operation, others))
        tried.update(kinds.keys())
        if not operation.is_repeated and kinds:
            few = "all" if len(kinds) == len(KINDS) else ", ".join(kinds)
            rows.append(f"| `{operation}` | {len(list(combinations(operation)))} | {few} | {sum(kinds.values())} |")
    repeated = sum(each.is_repeated for each in operations())
    credentials = [f"| {kind} | {what} | {tried[kind]} |" for kind, what in KINDS.items()]
    exceptions = [f"- `{name}` answers {status}: {why}" for name, (status, why) in sorted(TELL_NOBODY.items())]
    openings = [f"- `{name}`: {why}" for name, why in sorted(OPEN.items())]
    parts = (
        _INTRODUCTION.format(count=len(operations()), repeated=repeated),
        ["| credential | what it is | operations |", "|---|---|---|", *credentials, ""],
        ["## Operations that do not say 403 or 404", "", *exceptions, ""],
        ["## Operations without an account", "", *openings, ""],
        ["## Operations", "", "| operation | places tried | credentials | requests |", "|---|---|---|---|", *rows, ""],
    )
    return "\n".join(line for part in parts for line in ([part] if isinstance(part, str) else part))


_INTRODUCTION = """# What one organization can do with the ids of another

Nothing. The tests of `tests/tenancy` fill two organizations with one of everything, and then one of them

- calls **each operation of the server** ({count} by its routes, {repeated} of them at `/api/environments/`, which is a
  second path to the same) with the other's ids in each place of the path, and in some places only, with each
  kind of credential below;
- names the other's things in **each field of a query or a body** that the OpenAPI document has for ids;
- calls each operation with keys that have **every scope but the one it needs**;
- visits **each page**, and sends its form, with the other's ids in the address.

Each answer is 403 or 404 (401 without a credential that counts there), no row, event or file of the other
organization changes, nothing new leads to its rows, and no answer has a word of it. The same requests with ids of one's
own succeed. A new operation, page or field fails the tests until it is among them.

This page is printed by `python -m tests.tenancy.matrix > docs/tenancy-matrix.md`.
"""

if __name__ == "__main__":
    os.environ.setdefault("HEDGEROW_DATA_DIR", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hedgerow.django_settings")
    import django

    django.setup()
    print(page(), end="")
