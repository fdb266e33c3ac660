"""No id in the address of a page shows what is another organization's, and none in that of a form changes it."""

import re
from itertools import product

from tests.tenancy.callers import callers, session
from tests.tenancy.filled import Filled
from tests.tenancy.operations import pages
from tests.tenancy.world import World

IDS = {
    "project_id": "projects",
    "organization_id": "organizations",
    "dashboard_id": "dashboards",
    "subscription_id": "subscriptions",
    "template_id": "dashboard_templates",
    "domain_id": "domains",
    "cohort_id": "cohorts",
    "export_id": "exports",
    "person_uuid": "persons",
    "session_id": "session_recordings",
    "role_id": "roles",
    "tile_id": "tile",
    "event_uuid": "event",
    "entry_id": "file_system",
    "index": "groups_types",
}
"""What the ids in addresses are of; of those that are not here `_ids` knows."""
CHOICES = {"kind": "insight", "slug": "trends", "language": "python", "name": "rename"}
"""Parts of addresses that are one of a few words."""
OPEN = ("provider", "address", "token", "user_uuid", "invite_id", "/exporter/{name}/")
"""Parts of addresses that are secrets, or of pages for those who are not signed in."""
DEEDS = {
    "/cohorts/{cohort_id}/": "duplicate",
    "/dashboard/{dashboard_id}/": "pin",
    "/data/events/": "hide",
    "/data/properties/": "hide",
    "/groups/{index}/": "create",
    "/insights/{short_id}/": "delete",
    "/persons/{person_uuid}/": "delete",
    "/subscriptions/{subscription_id}/": "pause",
    "/templates/{template_id}/": "delete",
}
"""What forms ask to be done."""
NOT_HERE = {
    "/project/{project_id}/subscriptions/channels/",
    "/project/{project_id}/groups/{index}/group/",
    "/dashboard/{dashboard_id}/subscriptions/{subscription_id}/",
    "/project/{project_id}/dashboard/{dashboard_id}/subscriptions/{subscription_id}/",
    "/project/{project_id}/dashboard/{dashboard_id}/dialog/{name}/",
    "/project/{project_id}/insights/{slug}/people/",
}
"""Pages that want more than their address, or a subscription to a dashboard, where the one there is is not."""


def with_ids() -> list[str]:
    return [page for page in pages() if "{" in page and not any(part in page for part in OPEN)]


def test_no_id_in_an_address_shows_what_is_anothers(world: World) -> None:
    everybody = callers(world.own)
    faults = []
    for page in with_ids():
        for owners in product((world.own, world.other), repeat=len(places(page))):
            if world.other not in owners:
                continue
            for caller, method in product((everybody[0], everybody[-1]), ("get", "post")):
                address = filled_in(page, owners)
                answer, found = world.send_form(caller, method, address, deed(page))
                if answer.status not in ({403, 404, 405} if caller.name == "session" else {302, 404, 405}):
                    found.append(f"{answer.status} {answer.text[:150]}")
                faults += [f"{method} {page} {address} by {caller.name}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])
    assert world.is_whole()


def test_the_same_addresses_show_what_is_ones_own(world: World) -> None:
    owner = session(world.own)
    faults = []
    for page in with_ids():
        address = filled_in(page, (world.own,) * len(places(page)))
        statuses = []
        for method in ("get", "post"):
            answer, found = world.send_form(owner, method, address, deed(page))
            statuses.append(answer.status)
            faults += [f"{method} {page}: {fault}" for fault in found]
        if (all(status in (403, 404, 405) for status in statuses) and page not in NOT_HERE) or 500 in statuses:
            faults.append(f"{page} {address}: {statuses}")
    assert faults == [], "\n".join([str(len(faults)), *faults])


def deed(page: str) -> dict[str, str]:
    """What is sent to a page."""
    do = next((each for part, each in DEEDS.items() if part in page), "")
    return {"name": "taken", "do": do, "key": "taken"}


def places(page: str) -> list[str]:
    """The parts of an address that are ids."""
    return [name for name in re.findall(r"{(\w+)}", page) if name not in CHOICES]


def filled_in(page: str, owners: tuple[Filled, ...]) -> str:
    """The address with ids of these owners."""
    ids = iter([_id(owner, name, page) for name, owner in zip(places(page), owners, strict=True)])
    return re.sub(r"{(\w+)}", lambda match: CHOICES.get(match[1]) or next(ids), page).removesuffix("/")


def _id(owner: Filled, name: str, page: str) -> str:
    if name in ("short_id", "insight__short_id", "object_id"):
        return owner.ids["insights"][1]
    if name == "definition_id":
        return owner.one("event_definitions" if "/data/events/" in page else "property_definitions")
    if name == "key_id":
        return owner.one("personal_api_keys" if page.startswith("/account/") else "project_secret_api_keys")
    return owner.one(IDS[name])
