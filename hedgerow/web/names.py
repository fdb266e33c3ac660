"""Names that people read, for the events and properties that client libraries send by themselves."""

from collections.abc import Callable, Iterable

EVENTS = {
    "$pageview": "Page view",
    "$pageleave": "Page leave",
    "$autocapture": "Click or input",
    "$screen": "Screen",
    "$identify": "Identify",
    "$create_alias": "Alias",
    "$set": "Set person properties",
    "$groupidentify": "Group identify",
    "$exception": "Exception",
    "$rageclick": "Rage click",
    "$web_vitals": "Web vitals",
    "$feature_flag_called": "Feature flag called",
}

PROPERTIES = {
    "$current_url": "Current address",
    "$pathname": "Path",
    "$host": "Host",
    "$browser": "Browser",
    "$browser_version": "Browser version",
    "$os": "Operating system",
    "$device_type": "Device type",
    "$referrer": "Referrer",
    "$referring_domain": "Referring domain",
    "$lib": "Library",
    "$lib_version": "Library version",
    "$screen_width": "Screen width",
    "$screen_height": "Screen height",
    "$geoip_country_code": "Country code",
    "$geoip_country_name": "Country",
    "$geoip_city_name": "City",
    "utm_source": "UTM source",
    "utm_medium": "UTM medium",
    "utm_campaign": "UTM campaign",
}


def event_name(name: str) -> str:
    """An event's name for people."""
    return EVENTS.get(name, name)


def property_name(name: str) -> str:
    """A property's name for people."""
    if name.startswith("$initial_"):
        rest = name.removeprefix("$initial_")
        return f"Initial {PROPERTIES.get('$' + rest, PROPERTIES.get(rest, rest)).lower()}"
    return PROPERTIES.get(name, name)


def in_order(names: Iterable[str], title: Callable[[str], str], chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Names to choose from, each with its words: one's own before those that libraries send.

    What is `chosen` is always among them, also before it is known or when it is known no more.
    """
    named = {name: title(name) for name in [*names, *chosen] if name}
    return sorted(named.items(), key=lambda pair: (pair[0][:1] == "$", pair[1].lower()))
