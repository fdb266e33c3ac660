"""From the events of one request to lines of the spool: the rules every endpoint shares."""

from collections import Counter
from json.encoder import encode_basestring_ascii
from typing import Any

import msgspec

from hedgerow.capture import timestamps
from hedgerow.capture.elements import elements_chain
from hedgerow.capture.projects import PublishedProject
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON, PERSON_CHANGE, PERSONLESS, Line, encode_lines

MAX_GROUP_KEY = 400
MAX_RAW = 64 * 1024
"""Characters kept of an event that is dropped."""

PERSON_EVENTS = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$set", "$set_once", "$groupidentify"})
"""Events that are about a person or a group by their name."""
NEEDS_PERSON = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$groupidentify"})
"""Events that mean nothing when they must not touch a person."""
PERSON_PROPERTIES = frozenset(
    (
        "$set", "$set_once", "$unset", "$app_build", "$app_name", "$app_namespace", "$app_version", "$browser",
        "$browser_version", "$device_type", "$current_url", "$pathname", "$os", "$os_version", "$referring_domain",
        "$referrer", "$screen_height", "$screen_width", "$viewport_height", "$viewport_width", "$raw_user_agent",
        "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_name", "utm_term", "gclid", "gad_source",
        "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid", "li_fat_id", "mc_cid", "igshid",
        "ttclid", "rdt_cid", "irclid", "_kx", "epik", "qclid", "sccid",
    )
)  # fmt: skip
"""Properties of an event by which it changes its person."""
_PERSON_CHANGES = ("$set", "$set_once", "$unset")
_AI_TOKEN_COUNTS = (
    "$ai_input_tokens",
    "$ai_output_tokens",
    "$ai_total_tokens",
    "$ai_reasoning_tokens",
    "$ai_cache_read_input_tokens",
    "$ai_cache_creation_input_tokens",
)


class EventTooLargeError(Exception):
    """An event's line is longer than the limit."""


class Event(msgspec.Struct, gc=False):
    """An event on its way in: checked as its endpoint demands, name and distinct id cut and cleaned."""

    name: str
    distinct_id: str
    uuid: str
    moment: int
    """Microseconds since 1970."""
    raw: bytes
    """The properties as sent."""
    properties: dict[str, Any]
    """The same, read."""
    sent: msgspec.Struct
    """What came in, for the dead letter."""
    changed: bool = False
    """Whether `properties` counts, not `raw`."""
    is_shared: bool = False
    """Whether the distinct id is one that many people share by mistake: then no person is touched."""


class Intake:
    """Collects the lines of one request.

    Every event handed to `add` or `drop` ends as exactly one line: stored, or dropped with a reason. Warnings are
    further lines.
    """

    def __init__(self, project: PublishedProject, ip: str, received_at: int, max_event_bytes: int) -> None:
        """`ip` is the sender's address, empty when unknown; `received_at` is microseconds since 1970."""
        self.received_at = received_at
        self.accepted = 0
        """Events that will be stored."""
        self.dropped: Counter[str] = Counter()
        """Events that will not, by reason."""
        self.lines: list[bytes] = []
        self._project = project
        self._now = timestamps.text_of(received_at)
        self._ip = "" if project.anonymize_ips else ip
        self._ip_start = b'{"$ip":' + msgspec.json.encode(self._ip)
        self.max_event_bytes = max_event_bytes
        self._too_old = (
            received_at - project.drop_events_older_than * 1_000_000 if project.drop_events_older_than else None
        )

    def add(self, event: Event) -> str:
        """Take an event in; gives the reason when it is dropped, else an empty text.

        Raises `EventTooLargeError` when its line would be too long; then nothing is written of it.
        """
        properties = event.properties
        if event.name == "$$client_ingestion_warning":
            self.tell(
                "client_ingestion_warning",
                event.distinct_id,
                {"message": properties.get("$$client_ingestion_warning_message")},
            )
            return ""
        profile = properties.get("$process_person_profile")
        personless = profile is False or (
            event.name == "$feature_flag_called" and profile is not True and not properties.get("$groups")
        )
        groups = _groups(properties.get("$groups")) if "$groups" in properties else None
        reason = self._reason_to_drop(event, personless and not event.is_shared, groups)
        if reason:
            self.drop(reason, event.sent, event.name, event.distinct_id, event.uuid)
            return reason
        if event.name[0] == "$":
            self._special_event(event)
        self._settle_properties(event, personless)
        if event.is_shared and personless and event.name in NEEDS_PERSON:
            self.warn("cannot_merge_with_illegal_distinct_id", event, {"illegalDistinctId": event.distinct_id})
        if personless:
            kind, groups = PERSONLESS, None
        elif event.name in PERSON_EVENTS or (
            event.name != "$exception" and not PERSON_PROPERTIES.isdisjoint(properties)
        ):
            kind = PERSON_CHANGE
        else:
            kind = PERSON
        line = self._line(event, kind, groups)
        if len(line) > self.max_event_bytes:
            raise EventTooLargeError
        self.lines.append(line)
        self.accepted += 1
        return ""

    def drop(self, reason: str, sent: msgspec.Struct, event: str = "", distinct_id: str = "", uuid: str = "") -> None:
        """Write a dead letter instead of an event."""
        self.dropped[reason] += 1
        raw = msgspec.json.encode(sent).decode("utf-8", "replace")[:MAX_RAW]
        self._note(reason, event, distinct_id, uuid, {}, drop=True, raw=raw)

    def warn(self, reason: str, event: Event, details: dict[str, Any]) -> None:
        """Write a warning about an event that is another line."""
        self._note(reason, event.name, event.distinct_id, event.uuid, details)

    def tell(self, reason: str, distinct_id: str, details: dict[str, Any]) -> None:
        """Write a warning that belongs to no event."""
        self._note(reason, "", distinct_id, "", details)

    def _note(
        self,
        reason: str,
        event: str,
        distinct_id: str,
        uuid: str,
        details: dict[str, Any],
        *,
        drop: bool = False,
        raw: str = "",
    ) -> None:
        line = Line(
            k=NOT_AN_EVENT, t=self._project.id, u=uuid, e=event, d=distinct_id, now=self._now, r=reason, drop=drop,
            w=msgspec.Raw(msgspec.json.encode(details)), raw=raw,
        )  # fmt: skip
        self.lines.append(encode_lines([line]))

    def _reason_to_drop(self, event: Event, personless: bool, groups: dict[str, str] | None) -> str:
        if personless and event.name in NEEDS_PERSON:
            return "invalid_event_when_process_person_profile_is_false"
        if event.name == "$$heatmap":
            return "heatmap_not_recorded"
        if event.properties.get("$cookieless_mode") is True:
            return "cookieless_mode_disabled"
        if groups and any(len(key) > MAX_GROUP_KEY for key in groups.values()):
            return "group_key_too_long"
        if event.name == "$groupidentify" and len(_group_key(event.properties.get("$group_key"))) > MAX_GROUP_KEY:
            return "group_key_too_long"
        if self._too_old is not None and event.moment < self._too_old:
            return "event_dropped_too_old"
        return ""

    def _special_event(self, event: Event) -> None:
        """What is particular to some events by their name."""
        if event.name.startswith("$ai_"):
            for name in _AI_TOKEN_COUNTS:
                count = event.properties.get(name)
                if count is not None and (isinstance(count, bool) or not isinstance(count, int | float)):
                    del event.properties[name]
                    event.changed = True
                    self.warn("invalid_ai_token_property", event, {"property": name})

    def _settle_properties(self, event: Event, personless: bool) -> None:
        """Bring the properties into the form they are stored in."""
        properties = event.properties
        changed = event.changed or b"\n" in event.raw
        profile = properties.get("$process_person_profile")
        if profile is not None and profile is not False:
            changed = True
            del properties["$process_person_profile"]
            if profile is not True:
                self.warn("invalid_process_person_profile", event, {"value": profile})
        if personless:
            for name in _PERSON_CHANGES:
                if name in properties:
                    changed = True
                    del properties[name]
        if "$elements" in properties:
            changed = True
            elements = properties.pop("$elements")
            if isinstance(elements, list) and not properties.get("$elements_chain"):
                properties["$elements_chain"] = elements_chain(elements)
        if "$heatmap_data" in properties:
            changed = True
            del properties["$heatmap_data"]
        if "$os_name" in properties and "$os" not in properties:
            changed = True
            properties["$os"] = properties["$os_name"]
        if "$ip" in properties and (self._project.anonymize_ips or properties["$ip"] is None):
            changed = True
            del properties["$ip"]
        event.changed = changed

    def _line(self, event: Event, kind: int, groups: dict[str, str] | None) -> bytes:
        stored = msgspec.json.encode(event.properties) if event.changed else event.raw
        if self._ip and "$ip" not in event.properties:
            stored = self._ip_start + (b"," + stored[1:] if event.properties else b"}")
        head = (
            f'{{"k":{kind},"t":{self._project.id},"u":"{event.uuid}","e":{encode_basestring_ascii(event.name)},'
            f'"d":{encode_basestring_ascii(event.distinct_id)},"ts":"{timestamps.text_of(event.moment)}",'
            f'"now":"{self._now}",'
        )
        if groups:
            head += f'"g":{msgspec.json.encode(groups).decode()},'
        return b'%b"p":%b}\n' % (head.encode(), stored)


def _groups(value: Any) -> dict[str, str] | None:
    """`$groups` as texts, without the empty ones; None when nothing is left."""
    if not isinstance(value, dict):
        return None
    return {name: text for name, key in value.items() if (text := _group_key(key))} or None


def _group_key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return msgspec.json.encode(value, order="sorted").decode()
