"""The fields of `sessions`: what the events of one `$session_id` say together.

Each is an aggregate over those events; `{t}` is the row of the event. A session lasts from its first event to its last.
It bounced if it has at most one page or screen view, no autocapture and lasted under ten seconds; without any view it
neither did nor not.
"""

from hedgerow.hogql.channels import channel_sql
from hedgerow.hogql.types import BOOLEAN, DATETIME, INTEGER, STRING, Type, array_of

BOUNCE_SECONDS = 10

_UTM = ("source", "campaign", "medium", "term", "content")
_CLICK_IDS = (
    *("gclid", "gad_source", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid"),
    *("li_fat_id", "mc_cid", "igshid", "ttclid", "_kx", "irclid"),
)
_TEXT = STRING.or_null()


def _property(name: str) -> str:
    return f"CAST({{t}}.properties.`{name}`, 'Nullable(String)')"


def _first(name: str) -> str:
    # Aggregates pass over NULL, so this is the first event that has the property.
    return f"argMin({_property(name)}, {{t}}.timestamp)"


def _last(name: str) -> str:
    return f"argMax({_property(name)}, {{t}}.timestamp)"


def _count(event: str) -> str:
    return f"countIf({{t}}.event = '{event}')"


_START = "min({t}.timestamp)"
_END = "max({t}.timestamp)"
_URL = _property("$current_url")
_URLS = f"groupUniqArray({_URL})"
_DURATION = f"dateDiff('second', {_START}, {_END})"
_VIEWS = f"({_count('$pageview')} + {_count('$screen')})"
_BOUNCE = (
    f"if({_VIEWS} = 0, NULL,"
    f" {_VIEWS} <= 1 AND {_count('$autocapture')} = 0"
    f" AND dateDiff('millisecond', {_START}, {_END}) < {BOUNCE_SECONDS * 1000})"
)

_ENTRY = {
    "$entry_current_url": "$current_url",
    "$entry_pathname": "$pathname",
    "$entry_hostname": "$host",
    "$entry_referring_domain": "$referring_domain",
    "$entry_referrer": "$referrer",
    **{f"$entry_utm_{name}": f"utm_{name}" for name in _UTM},
    **{f"$entry_{name}": name for name in _CLICK_IDS},
}
_LAST = {
    "$end_current_url": "$current_url",
    "$end_pathname": "$pathname",
    "$end_hostname": "$host",
    "$exit_current_url": "$current_url",
    "$exit_pathname": "$pathname",
    "$last_external_click_url": "$external_click_url",
}

SESSION_FIELDS: dict[str, tuple[str, Type, bool]] = {
    "team_id": ("any({t}.team_id)", INTEGER, False),
    "session_id": ("{t}.`$session_id`", STRING, True),
    "id": ("{t}.`$session_id`", STRING, False),
    "session_id_v7": ("toUUIDOrNull({t}.`$session_id`)", Type("UUID", nullable=True), False),
    "distinct_id": ("argMin({t}.distinct_id, {t}.timestamp)", STRING, True),
    "$start_timestamp": (_START, DATETIME, True),
    "$end_timestamp": (_END, DATETIME, True),
    "max_inserted_at": ("max({t}.inserted_at)", DATETIME, True),
    "$urls": (f"arrayFilter(url -> url != '', {_URLS})", array_of(_TEXT), True),
    "$num_uniq_urls": (f"uniqExact({_URL})", INTEGER, True),
    **{name: (_first(source), _TEXT, True) for name, source in _ENTRY.items()},
    **{name: (_last(source), _TEXT, True) for name, source in _LAST.items()},
    "$pageview_count": (_count("$pageview"), INTEGER, True),
    "$autocapture_count": (_count("$autocapture"), INTEGER, True),
    "$screen_count": (_count("$screen"), INTEGER, True),
    "$channel_type": (channel_sql(_first), STRING, True),
    "$session_duration": (_DURATION, INTEGER, True),
    "duration": (_DURATION, INTEGER, False),
    "$is_bounce": (_BOUNCE, BOOLEAN.or_null(), True),
    "$vitals_lcp": (f"max(toFloat64OrNull({_property('$web_vitals_LCP_value')}))", Type("Float", nullable=True), True),
}
