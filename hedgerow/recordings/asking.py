"""Which recordings are asked for: the request of the list, as a query and as the parameters of an address."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hedgerow.api.errors import ValidationError as BadRequest
from hedgerow.insights.properties import PropertiesField, PropertyFilter
from hedgerow.insights.series import ActionsNode, EventsNode

DEFAULT_LIMIT = 50
MOST_AT_ONCE = 1_000
MOST_IDS = 1_000

Order = Literal[
    "start_time",
    "duration",
    "recording_duration",
    "active_seconds",
    "inactive_seconds",
    "console_error_count",
    "click_count",
    "keypress_count",
    "mouse_activity_count",
    "activity_score",
]


def _node(given: Any) -> Any:
    """An event or action to look for: a node of a query, or `{"id", "type": "events" | "actions", "properties"}`."""
    if not isinstance(given, dict) or "kind" in given:
        return given
    common = {name: given.get(name) for name in ("name", "properties")}
    if given.get("type") == "actions":
        return {"kind": "ActionsNode", "id": given.get("id"), **common}
    if given.get("type", "events") != "events":
        raise ValueError("only events and actions can be looked for")
    return {"kind": "EventsNode", "event": given.get("id"), **common}


Node = Annotated[EventsNode | ActionsNode, Field(discriminator="kind"), BeforeValidator(_node)]


class RecordingsQuery(BaseModel):
    """The question for a list of recordings; the times are those at which recordings began.

    A recording fits if all (`AND`) or any (`OR`) of `events`, `actions`, `properties` and `console_log_filters` hold
    for it, and all of the rest. With `session_ids` it is about these alone, in this order, whenever they began.
    `session_recording_id` is given first, whether it fits or not. `after` is the `next_cursor` of a page.
    """

    model_config = ConfigDict(extra="ignore")

    kind: Literal["RecordingsQuery"] = "RecordingsQuery"
    date_from: str | None = "-3d"
    date_to: str | None = None
    session_ids: list[str] | None = Field(None, max_length=MOST_IDS)
    person_uuid: UUID | None = None
    distinct_ids: list[str] | None = Field(None, max_length=MOST_IDS)
    events: list[Node] = Field(default=[], max_length=100)
    actions: list[Node] = Field(default=[], max_length=100)
    properties: PropertiesField | None = None
    console_log_filters: list[PropertyFilter] = Field(default=[], max_length=100)
    having_predicates: PropertiesField | None = None
    operand: Literal["AND", "OR"] = "AND"
    filter_test_accounts: bool = False
    order: Order = "start_time"
    order_direction: Literal["ASC", "DESC"] = "DESC"
    limit: int = Field(DEFAULT_LIMIT, ge=1)
    offset: int = Field(0, ge=0, le=2**31)
    after: str | None = None
    hide_viewed_recordings: bool = False
    session_recording_id: str | None = None
    comment_text: str | PropertyFilter | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_for_null(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}

    @property
    def nodes(self) -> list[EventsNode | ActionsNode]:
        """The events and actions that are looked for."""
        return [*self.events, *self.actions]

    @property
    def most(self) -> int:
        """How many recordings a page may have."""
        return min(self.limit, MOST_AT_ONCE)


_TEXTS = frozenset(
    {"date_from", "date_to", "order", "order_direction", "operand", "after", "session_recording_id", "person_uuid"}
)


def query_of_parameters(parameters: Mapping[str, str]) -> RecordingsQuery:
    """The question that an address asks; values are JSON, texts may be without quotes. Raises ValidationError."""
    given = {
        name: _value(name, parameters[name])
        for name in RecordingsQuery.model_fields
        if name in parameters and name != "kind"
    }
    return checked_query({name: value for name, value in given.items() if value != ""})


def checked_query(given: Mapping[str, Any]) -> RecordingsQuery:
    """The question, if it is one. Raises ValidationError naming what is wrong."""
    try:
        return RecordingsQuery.model_validate(dict(given))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = [str(part) for part in fault["loc"]]
        reason = fault["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{'.'.join(place)}: {reason}", attr=place[0] if place else None) from None


def _value(name: str, text: str) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return text if name in _TEXTS and value is not None and not isinstance(value, str) else value
