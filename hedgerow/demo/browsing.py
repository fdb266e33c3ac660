"""Events as a browser library and a server library would send them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from hedgerow.demo.catalogue import PAGE_TITLES, Channel, Country, Device
from hedgerow.demo.identifiers import time_ordered_uuid

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """One event ready to be sent; `at` is aware."""

    uuid: str
    name: str
    distinct_id: str
    at: datetime
    properties: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        """The event as an item of a `/batch/` body."""
        return {
            "uuid": self.uuid,
            "event": self.name,
            "distinct_id": self.distinct_id,
            "timestamp": self.at.isoformat(timespec="milliseconds"),
            "properties": self.properties,
        }


@dataclass
class Browser:
    """One visitor's browser: it remembers who is signed in, the session and the page that is open."""

    rng: random.Random
    device: Device
    country: Country
    channel: Channel
    device_id: str
    distinct_id: str
    identified: bool = False
    groups: dict[str, str] = field(default_factory=dict)
    _session: dict[str, Any] = field(default_factory=dict)
    _page: str = ""
    _opened: datetime | None = None

    def start_session(self, at: datetime, *, campaign: bool) -> None:
        """Begin a new session at `at`; with `campaign` its pages carry the channel's referrer and utm parameters."""
        referrer = self.channel.referrer if campaign else "$direct"
        domain = referrer if referrer == "$direct" else urlsplit(referrer).netloc
        self._session = {
            "$session_id": time_ordered_uuid(at, self.rng),
            "$window_id": time_ordered_uuid(at, self.rng),
            "$referrer": referrer,
            "$referring_domain": domain,
        }
        if campaign and self.channel.source:
            self._session |= {
                "utm_source": self.channel.source,
                "utm_medium": self.channel.medium,
                "utm_campaign": self.channel.campaign,
            }
        self._page, self._opened = "", None

    def open_page(self, at: datetime, url: str) -> list[DemoEvent]:
        """`$pageview` of `url`, after the `$pageleave` of the page before it in the session."""
        events = self.leave_page(at)
        parameters = {key: value for key, value in self._session.items() if key.startswith("utm_")}
        first_page = not self._page
        self._page, self._opened = url, at
        full = f"{url}?{urlencode(parameters)}" if first_page and parameters else url
        return [*events, self.event("$pageview", at, {"$current_url": full})]

    def leave_page(self, at: datetime) -> list[DemoEvent]:
        """`$pageleave` of the open page, if one is open."""
        if self._opened is None:
            return []
        seconds = (at - self._opened).total_seconds()
        leave = {
            "$prev_pageview_pathname": urlsplit(self._page).path,
            "$prev_pageview_duration": round(seconds, 3),
            "$prev_pageview_max_scroll_percentage": round(min(1.0, self.rng.betavariate(3, 2)), 2),
        }
        event = self.event("$pageleave", at - timedelta(milliseconds=1), leave)
        self._opened = None
        return [event]

    def click(self, at: datetime, text: str, tag: str = "button") -> DemoEvent:
        """`$autocapture` of a click on a button or link with this text."""
        name = text.lower().replace(" ", "-")
        chain = (
            f'{tag}.button:attr__class="button"attr__data-name="{name}"nth-child="2"nth-of-type="1"text="{text}";'
            'main:nth-child="2"nth-of-type="1";body:nth-child="2"nth-of-type="1"'
        )
        properties = {"$event_type": "click", "$el_text": text, "$elements_chain": chain, "$ce_version": 1}
        return self.event("$autocapture", at, properties)

    def event(self, name: str, at: datetime, properties: Properties | None = None) -> DemoEvent:
        """An event of the page that is open now."""
        url = urlsplit(self._page)
        width, height = self.device.screen
        common: dict[str, Any] = {
            "$lib": "web",
            "$lib_version": "1.449.2",
            "$device_id": self.device_id,
            "$device_type": self.device.device_type,
            "$os": self.device.os,
            "$browser": self.device.browser,
            "$browser_version": self.device.browser_version,
            "$screen_width": width,
            "$screen_height": height,
            "$current_url": self._page,
            "$host": url.netloc,
            "$pathname": url.path,
            "title": PAGE_TITLES.get(url.path, "Board – Fernworks"),
            "$geoip_country_code": self.country.code,
            "$geoip_country_name": self.country.name,
            "$geoip_city_name": self.country.city,
            "$is_identified": self.identified,
            "$process_person_profile": self.identified,
            **self._session,
        }
        if self.groups:
            common["$groups"] = dict(self.groups)
        if properties:
            common |= properties
        return DemoEvent(time_ordered_uuid(at, self.rng), name, self.distinct_id, at, common)


def server_event(
    rng: random.Random, name: str, distinct_id: str, at: datetime, groups: Mapping[str, str], properties: Properties
) -> DemoEvent:
    """An event that the product's server sends for a user, outside any session."""
    common = {"$lib": "posthog-python", "$lib_version": "7.0.0", "$is_server": True, "$geoip_disable": True}
    body = {**common, "$groups": dict(groups), **properties}
    return DemoEvent(time_ordered_uuid(at, rng), name, distinct_id, at, body)
