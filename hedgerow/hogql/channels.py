"""From where a visit came: its channel, and the kind of site it was referred by.

Both are SQL over the campaign, the referring domain and the click ids of the visit; `value` gives the SQL of a property
by its name (`utm_source`, `$referring_domain`, `gclid` …), which may be NULL.
"""

from collections.abc import Callable

PropertySQL = Callable[[str], str]

_SEARCH = "google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|brave|startpage|qwant"
_SOCIAL = "facebook|instagram|twitter|linkedin|reddit|pinterest|tiktok|snapchat|threads|mastodon|t\\\\.co$|x\\\\.com$"
_VIDEO = "youtube|youtu\\\\.be|vimeo|twitch|dailymotion"
_SHOPPING = "amazon|ebay|etsy|walmart|alibaba|shopping"
_AI = "chatgpt|openai|perplexity|claude|gemini|copilot"


def channel_sql(value: PropertySQL) -> str:
    """The channel: `Direct`, `Organic Search`, `Paid Social` …, `Unknown` where nothing tells."""
    medium = _text(value, "utm_medium")
    source = _text(value, "utm_source")
    campaign = _text(value, "utm_campaign")
    domain = _text(value, "$referring_domain")
    origin = f"concat({source}, ' ', {domain})"
    click = f"isNotNull({value('gclid')}) OR isNotNull({value('msclkid')}) OR isNotNull({value('gad_source')})"
    paid = f"(match({medium}, '^(.*cp.*|ppc|retargeting|paid.*)$') OR {click})"
    rules = (
        (f"match({campaign}, 'cross-network')", "Cross Network"),
        (f"{paid} AND match({origin}, '{_SHOPPING}')", "Paid Shopping"),
        (f"{paid} AND match({origin}, '{_VIDEO}')", "Paid Video"),
        (f"{paid} AND match({origin}, '{_SOCIAL}')", "Paid Social"),
        (f"{paid} AND (match({origin}, '{_SEARCH}') OR {click})", "Paid Search"),
        (f"{medium} IN ('display', 'banner', 'expandable', 'interstitial', 'cpm') OR {paid}", "Display"),
        (f"match({origin}, '{_AI}')", "AI"),
        (f"match({origin}, '{_SHOPPING}')", "Organic Shopping"),
        (f"match({origin}, '{_VIDEO}') OR match({medium}, 'video')", "Organic Video"),
        (f"match({origin}, '{_SOCIAL}') OR match({medium}, '^social')", "Organic Social"),
        (f"match({medium}, 'e[-_ ]?mail') OR match({source}, 'e[-_ ]?mail|newsletter')", "Email"),
        (f"match({origin}, '{_SEARCH}') OR {medium} = 'organic'", "Organic Search"),
        (f"match({medium}, '^affiliates?$')", "Affiliate"),
        (f"match({medium}, '^audio$')", "Audio"),
        (f"match({medium}, '^sms$') OR {source} = 'sms'", "SMS"),
        (f"match({medium}, 'push|mobile|notification$') OR {source} = 'firebase'", "Push"),
        (f"{medium} IN ('referral', 'app', 'link') OR {domain} NOT IN ('', '$direct')", "Referral"),
        (f"{domain} = '$direct' AND {source} = '' AND {medium} = ''", "Direct"),
    )
    return _first_of(rules, "Unknown")


def domain_type_sql(value: PropertySQL) -> str:
    """The kind of the referring site: `Search`, `Social`, `Video`, `Shopping`, `AI`, `Direct`, `Other`, `Unknown`."""
    domain = _text(value, "$referring_domain")
    rules = (
        (f"{domain} = ''", "Unknown"),
        (f"{domain} = '$direct'", "Direct"),
        (f"match({domain}, '{_AI}')", "AI"),
        (f"match({domain}, '{_SHOPPING}')", "Shopping"),
        (f"match({domain}, '{_VIDEO}')", "Video"),
        (f"match({domain}, '{_SOCIAL}')", "Social"),
        (f"match({domain}, '{_SEARCH}')", "Search"),
    )
    return _first_of(rules, "Other")


def _text(value: PropertySQL, name: str) -> str:
    return f"lower(ifNull({value(name)}, ''))"


def _first_of(rules: tuple[tuple[str, str], ...], otherwise: str) -> str:
    return "multiIf(" + "".join(f"{condition}, '{name}', " for condition, name in rules) + f"'{otherwise}')"
