"""What is another organization's cannot be named in a query or a body."""

from tests.tenancy.callers import session, with_key
from tests.tenancy.fields import WITHOUT_IDS, naming_fields
from tests.tenancy.named import Named, named
from tests.tenancy.world import World

ALIKE = {
    ("post /api/projects/{}/query/{}/", "client_query_id"): "as without the kind in the path",
    ("post /api/projects/{}/dashboard_templates/", "tiles"): "are recipes, without ids",
    ("patch /api/projects/{}/dashboard_templates/{}/", "tiles"): "are recipes, without ids",
    ("post /api/projects/{}/dashboards/", "duplicate_tiles"): "is on or off",
}
"""Fields that name nothing although others of their name do, or that are tried elsewhere."""


def test_what_is_anothers_cannot_be_named(world: World) -> None:
    faults = []
    for caller in (session(world.own), with_key("personal key `*`", world.own)):
        for each in named(world.own, world.other):
            answer, found = world.call(caller, each.method, each.address, each.body)
            if answer.status >= 500:
                found.append(f"{answer.status} {answer.text[:150]}")
            faults += [f"{each} by {caller.name}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])
    assert world.is_whole()


def test_the_same_is_done_with_what_is_ones_own(world: World) -> None:
    owner = session(world.own)
    faults = []
    for each in named(world.own, world.own):
        answer, found = world.call(owner, each.method, each.address, each.body)
        if (answer.status < 300) != each.works:
            found.append(f"{answer.status} {answer.text[:150]}")
        faults += [f"{each}: {fault}" for fault in found]
    assert faults == [], "\n".join([str(len(faults)), *faults])


def test_every_field_that_names_something_is_tried(world: World) -> None:
    tried = {(_pattern(each, world), each.field) for each in named(world.own, world.other)}
    missing = {each for each in naming_fields() if each not in tried and each not in ALIKE}
    faults = sorted(f"{where} {field}" for where, field in missing if field.strip("?") not in WITHOUT_IDS)
    assert faults == [], "\n".join(faults)


def _pattern(each: Named, world: World) -> str:
    """Method and path with `{}` in place of ids."""
    path = each.address.split("?")[0].replace("/@me/", "/{}/")
    for value in {str(world.own.second_dashboard.pk), *(id for ids in world.own.ids.values() for id in ids)}:
        path = path.replace(f"/{value}/", "/{}/")
    return f"{each.method.replace('put', 'patch')} {path}"
