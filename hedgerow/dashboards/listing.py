"""Which dashboards a list shows, and in which order."""

from difflib import SequenceMatcher

from django.db.models import QuerySet
from django.http import QueryDict

from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.asked import YES
from hedgerow.dashboards.models import Dashboard

LONGEST_SEARCH = 200
GENERATED = "Generated Dashboard"
"""How the names of dashboards begin that another part of the product made for itself."""

EXACT, SIMILAR = "exact", "similar"
_ALIKE = 0.7


def listed_ids(dashboards: QuerySet[Dashboard], asked: QueryDict) -> dict[int, str | None]:
    """The ids of those of a project's dashboards that the request asks for, in order, and how each was found.

    Pinned ones come first, then by name; what a search finds exactly comes before what is only similar.
    Raises ValidationError.
    """
    shown = _narrowed(dashboards.filter(deleted=False), asked)
    rows = shown.values_list("id", "name", "description", "tags", "pinned")
    wanted_tags = {tag.strip().lower() for tag in asked.getlist("tags") if tag.strip()}
    search = asked.get("search", "").strip()
    if len(search) > LONGEST_SEARCH:
        raise ValidationError(f"Search query must be {LONGEST_SEARCH} characters or fewer.", attr="search")
    found = []
    for pk, name, description, tags, pinned in rows:
        if wanted_tags and not wanted_tags.intersection(tags):
            continue
        match = match_of(search, name or "", [description, *tags]) if search else None
        if search and match is None:
            continue
        found.append((match == SIMILAR, not pinned, (name or "").casefold(), pk, match))
    return {pk: match for *_, pk, match in sorted(found)}


def match_of(search: str, name: str, texts: list[str]) -> str | None:
    """How a search fits an object: exactly, where the name or a text has it in any case; or nearly, where a part of the
    name is like it."""
    wanted = search.casefold()
    if any(wanted in text.casefold() for text in (name, *texts)):
        return EXACT
    folded = name.casefold()
    candidates = (folded, *folded.split())
    return SIMILAR if any(SequenceMatcher(None, wanted, each).ratio() >= _ALIKE for each in candidates) else None


def _narrowed(dashboards: QuerySet[Dashboard], asked: QueryDict) -> QuerySet[Dashboard]:
    mode = asked.get("creation_mode")
    if mode:
        if mode not in Dashboard.CreationMode.values:
            raise ValidationError(f'"{mode[:40]}" is not a valid choice.', code="invalid_choice", attr="creation_mode")
        dashboards = dashboards.filter(creation_mode=mode)
    else:
        dashboards = dashboards.exclude(creation_mode=Dashboard.CreationMode.UNLISTED)
    if asked.get("exclude_generated") in YES:
        dashboards = dashboards.exclude(name__startswith=GENERATED)
    if "pinned" in asked:
        dashboards = dashboards.filter(pinned=asked["pinned"] in YES)
    return dashboards
