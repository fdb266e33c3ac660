"""The properties of sessions: a fixed list, the same in every project, worked out from a session's events."""

from typing import Final

from hedgerow.hogql.session_fields import SESSION_FIELDS
from hedgerow.projects.models import Project
from hedgerow.taxonomy.core_events import Known
from hedgerow.taxonomy.core_properties import CORE_PROPERTIES, labelled
from hedgerow.taxonomy.models import PropertyDefinition
from hedgerow.taxonomy.property_types import BOOLEAN, DATETIME, NUMERIC, STRING

_DURATION: Final = "Duration"
_TYPES: Final = {"Integer": NUMERIC, "Float": NUMERIC, "Boolean": BOOLEAN, "DateTime": DATETIME}

_OWN: Final = {
    "$start_timestamp": Known("Start timestamp", "The time of the session's first event."),
    "$end_timestamp": Known("End timestamp", "The time of the session's last event."),
    "$session_duration": Known("Session duration", "From the first to the last event, in seconds."),
    "$pageview_count": Known("Pageview count", "Pages opened in the session."),
    "$autocapture_count": Known("Autocapture count", "Clicks and inputs captured in the session."),
    "$screen_count": Known("Screen count", "Screens shown in the session."),
    "$num_uniq_urls": Known("Number of unique URLs", "Different addresses seen in the session."),
    "$channel_type": Known("Channel type", "How the visitor came: Direct, Organic Search, Paid Social …"),
    "$is_bounce": Known("Is bounce", "Whether the visitor left at once, having seen one page for under ten seconds."),
    "$vitals_lcp": Known("Web vitals LCP", "Time until the largest part of a page was shown (ms)."),
    "$last_external_click_url": Known("Last external click URL", "The last link to another site that was clicked."),
}
_PLACES: Final = {"$entry_": "Entry", "$end_": "End", "$exit_": "Exit"}


def _session_properties() -> dict[str, str]:
    wanted = [name for name in SESSION_FIELDS if name.startswith("$") and name != "$urls"]
    types = {name: _TYPES.get(SESSION_FIELDS[name][1].kind, STRING) for name in wanted}
    return types | {"$session_duration": _DURATION}


SESSION_PROPERTIES: Final = _session_properties()
"""The types of the properties, by name."""


def _known(name: str) -> Known:
    if name in _OWN:
        return _OWN[name]
    prefix = next(prefix for prefix in _PLACES if name.startswith(prefix))
    rest = name.removeprefix(prefix)
    of_page = "$host" if rest == "hostname" else rest if rest in CORE_PROPERTIES else f"${rest}"
    first_or_last = "first" if prefix == "$entry_" else "last"
    return Known(
        labelled(_PLACES[prefix], of_page),
        f"Of the session's {first_or_last} page. {CORE_PROPERTIES[of_page].description}",
    )


CORE_SESSION_PROPERTIES: Final = {name: _known(name) for name in SESSION_PROPERTIES}
"""What people read of them, by name."""


def ensure_session_properties(project: Project) -> None:
    """Make the definitions of those that the project does not have yet, so that they can be described like others."""
    session = PropertyDefinition.Type.SESSION
    there = PropertyDefinition.objects.filter(project=project, type=session, name__in=SESSION_PROPERTIES)
    missing = SESSION_PROPERTIES.keys() - set(there.values_list("name", flat=True))
    PropertyDefinition.objects.bulk_create(
        [
            PropertyDefinition(
                project=project,
                type=session,
                name=name,
                property_type=SESSION_PROPERTIES[name],
                is_numerical=SESSION_PROPERTIES[name] in (NUMERIC, _DURATION),
            )
            for name in sorted(missing)
        ],
        ignore_conflicts=True,
    )
