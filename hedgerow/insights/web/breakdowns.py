"""What a table of web analytics can be broken down by, as a value of each event or of its session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.path_rules import cleaned, project_rules

BreakdownBy = Literal[
    "Page", "InitialPage", "ExitPage", "ExitClick", "PreviousPage", "ScreenName",
    "InitialChannelType", "InitialReferringDomain", "InitialReferringURL",
    "InitialUTMSource", "InitialUTMCampaign", "InitialUTMMedium", "InitialUTMTerm", "InitialUTMContent",
    "InitialUTMSourceMediumCampaign",
    "Browser", "OS", "Viewport", "DeviceType", "Country", "Region", "City", "Timezone", "Language",
    "FrustrationMetrics",
]  # fmt: skip


@dataclass(frozen=True)
class Breakdown:
    """A value in HogQL over events, empty text being none."""

    value: str
    is_path: bool = False
    """Whether the project's rules for shortening addresses apply."""
    keeps_none: bool = False
    """Whether events without the value make a row too, of the value null."""
    needs: Sequence[str] = ()
    """The parts of a value of several parts that must be there."""


def _text(field: str) -> str:
    return f"nullIf(toString({field}), '')"


def _or_none(field: str) -> str:
    return f"ifNull({_text(field)}, '(none)')"


def _utm(name: str) -> Breakdown:
    return Breakdown(_text(f"session.$entry_utm_{name}"), keeps_none=True)


_COUNTRY = _text("properties.$geoip_country_code")
_REGION = _text("properties.$geoip_subdivision_1_code")
_CITY = _text("properties.$geoip_city_name")
_WIDTH, _HEIGHT = "toInt(properties.$viewport_width)", "toInt(properties.$viewport_height)"
_SOURCE = f"coalesce({_text('session.$entry_utm_source')}, {_text('session.$entry_referring_domain')}, '(none)')"
# The page before in the same document as the SDK tells; else the one that led here: by its path if on the same host.
_IS_OWN_HOST = "toString(properties.$referring_domain) = toString(properties.$host)"
_PREVIOUS = f"""coalesce(
    {_text("properties.$prev_pageview_pathname")},
    if({_IS_OWN_HOST}, {_text("path(properties.$referrer)")}, NULL),
    nullIf({_text("properties.$referrer")}, '$direct')
)"""

BREAKDOWNS: Mapping[BreakdownBy, Breakdown] = {
    "Page": Breakdown(_text("properties.$pathname"), is_path=True),
    "InitialPage": Breakdown(_text("session.$entry_pathname"), is_path=True),
    "ExitPage": Breakdown(_text("session.$end_pathname"), is_path=True),
    "ExitClick": Breakdown(_text("session.$last_external_click_url")),
    "PreviousPage": Breakdown(_PREVIOUS, is_path=True),
    "ScreenName": Breakdown(_text("properties.$screen_name")),
    "InitialChannelType": Breakdown(_text("session.$channel_type")),
    "InitialReferringDomain": Breakdown(_text("session.$entry_referring_domain"), keeps_none=True),
    "InitialReferringURL": Breakdown(_text("session.$entry_referrer"), keeps_none=True),
    "InitialUTMSource": _utm("source"),
    "InitialUTMCampaign": _utm("campaign"),
    "InitialUTMMedium": _utm("medium"),
    "InitialUTMTerm": _utm("term"),
    "InitialUTMContent": _utm("content"),
    "InitialUTMSourceMediumCampaign": Breakdown(
        f"concat({_SOURCE}, ' / ', {_or_none('session.$entry_utm_medium')},"
        f" ' / ', {_or_none('session.$entry_utm_campaign')})"
    ),
    "Browser": Breakdown(_text("properties.$browser")),
    "OS": Breakdown(_text("properties.$os")),
    "Viewport": Breakdown(f"tuple({_WIDTH}, {_HEIGHT})", needs=(_WIDTH, _HEIGHT)),
    "DeviceType": Breakdown(_text("properties.$device_type")),
    "Country": Breakdown(_COUNTRY),
    "Region": Breakdown(
        f"tuple({_COUNTRY}, {_REGION}, {_text('properties.$geoip_subdivision_1_name')})", needs=(_REGION,)
    ),
    "City": Breakdown(f"tuple({_COUNTRY}, {_CITY})", needs=(_CITY,)),
    "Timezone": Breakdown(_text("properties.$timezone")),
    "Language": Breakdown(_text("properties.$browser_language")),
    "FrustrationMetrics": Breakdown(_text("properties.$pathname"), is_path=True),
}

PREVIOUS_PATH = Breakdown(_text("properties.$prev_pageview_pathname"), is_path=True)
"""The page that an event tells of, when it is about how the page before it was read."""


def breakdown_value(breakdown: Breakdown, context: ProjectContext, cleans_paths: bool) -> ast.Expr:
    """The value as an expression; with `cleans_paths`, addresses are shortened by the project's rules.

    Raises InsightError if these rules are malformed.
    """
    value = parse_expr(breakdown.value)
    return cleaned(value, project_rules(context)) if cleans_paths and breakdown.is_path else value


def has_value(breakdown: Breakdown, value: ast.Expr) -> ast.Expr:
    """The condition that an event has the value; true where those without it are kept."""
    if breakdown.keeps_none:
        return TRUE
    parts = [parse_expr(part) for part in breakdown.needs] or [value]
    return conjunction(
        [ast.CompareOperation(part, ast.Constant(None), "!=", is_null_comparison_style=True) for part in parts]
    )
