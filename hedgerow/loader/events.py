"""Lines of the spool into rows of the event store, by the engine itself: one statement for a batch.

The statement reads the segments as they lie in the spool. Python only says what the engine cannot know: which lines to
leave out, and the few distinct ids whose person is not the default one. (A server, which cannot see the spool, is sent
the lines, and this with them.)
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import orjson

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.json_columns import JSON_SETTINGS
from hedgerow.loader.batches import Batch
from hedgerow.loader.plan import InsertPlan
from hedgerow.persons.identity import default_person_uuid_sql

_STRUCTURE = (
    "k UInt8, t Int64, u UUID, e String, d String, ts DateTime64(6, 'UTC'), now DateTime64(6, 'UTC'),"
    " g Map(String, String), p String"
)
NOTED_STRUCTURE = f"{_STRUCTURE}, person String, upgrade String, personless String"
_PROPERTIES = "p::JSON(max_dynamic_paths = 512, SKIP `$elements_chain`)"
_KEY = "concat(toString(t), ':', d)"
_SETTINGS: dict[str, object] = {
    **JSON_SETTINGS,
    "input_format_skip_unknown_fields": 1,
    "max_partitions_per_insert_block": 0,
    # Duplicates have been left out already, and looking for them again costs as much as the insert.
    "optimize_on_insert": 0,
}


def insert_events(event_store: EventStore, batch: Batch, plan: InsertPlan, piece: tuple[int, int], work: Path) -> int:
    """Store the events of a piece (first line, line behind the last) of a batch; the number of events.

    The token makes a repeat store nothing. `work` is a directory for files the engine reads when it cannot take the
    segments as they are. Raises `EventStoreError`.
    """
    places = places_to_store(batch, plan, piece)
    if not places:
        return 0
    token = f"{batch.plan.token}-{piece[0]}-{piece[1]}"
    everything = len(places) == sum(1 for line in batch.lines if line.k) and not batch.is_damaged
    if not event_store.is_embedded:
        sql, parameters = insert_statement(plan, token, f"input({_quoted(NOTED_STRUCTURE)})", noted=True)
        event_store.insert_body(f"{sql} FORMAT JSONEachRow", noted_lines(batch, plan, places), parameters)
        return len(places)
    if everything:
        _insert_files(event_store, plan, token, batch.files)
        return len(places)
    work.mkdir(parents=True, exist_ok=True)
    chosen = work / f"{token}.jsonl"
    try:
        chosen.write_bytes(_chosen(batch, places))
        _insert_files(event_store, plan, token, [chosen])
    finally:
        chosen.unlink(missing_ok=True)
    return len(places)


def places_to_store(batch: Batch, plan: InsertPlan, piece: tuple[int, int]) -> list[int]:
    """The places of the lines of a piece that are to become events."""
    left_out = {*plan.excluded, *(refusal.line for refusal in plan.refused)}
    lines = batch.lines
    return [place for place in range(*piece) if lines[place].k and place not in left_out]


def noted_lines(batch: Batch, plan: InsertPlan, places: list[int]) -> bytes:
    """The lines, each with what the plan says of its distinct id: for a server, to which parameters must be short."""
    personless = set(plan.personless)
    texts = batch.line_texts()
    noted = []
    for place in places:
        key = f"{batch.lines[place].t}:{batch.lines[place].d}"
        notes = {"person": plan.persons.get(key), "upgrade": plan.upgrade_after.get(key)}
        if key in personless:
            notes["personless"] = "1"
        found = {name: note for name, note in notes.items() if note}
        text = texts[place]
        noted.append(orjson.dumps(found)[:-1] + b"," + text[1:] if found else text)
    return b"\n".join(noted) + b"\n"


def _insert_files(event_store: EventStore, plan: InsertPlan, token: str, files: Sequence[Path]) -> None:
    directory = files[0].parent.absolute()
    # Several files of a directory are given as a pattern: `directory/{a,b}`.
    names = files[0].name if len(files) == 1 else "{" + ",".join(file.name for file in files) + "}"
    pattern = _quoted(f"{directory}/{names}")
    # A pattern that finds less than it should is no error to the engine, so it is asked first.
    ((found,),) = event_store.query(f"SELECT count() FROM file({pattern}, 'One')").rows  # noqa: S608 - our own path
    if found != len(files):
        raise FileNotFoundError(f"the event store sees {found} of {len(files)} segments in {directory}")
    event_store.command(*insert_statement(plan, token, f"file({pattern}, 'JSONEachRow', {_quoted(_STRUCTURE)})"))


def _chosen(batch: Batch, places: list[int]) -> bytes:
    texts = batch.line_texts()
    return b"\n".join(texts[place] for place in places) + b"\n"


def insert_statement(
    plan: InsertPlan, token: str, source: str, *, noted: bool = False
) -> tuple[str, dict[str, object]]:
    """The statement and its parameters; `source` is a table function that gives the lines, `noted` or as spooled."""
    parameters: dict[str, object] = {}

    def texts(values: Iterable[str]) -> str:
        # As one text, since the engine takes very long to read an array of very many values.
        name = f"list_{len(parameters)}"
        parameters[name] = orjson.dumps(list(values)).decode()
        return f"JSONExtract({{{name}:String}}, 'Array(String)')"

    def looked_up(values: dict[str, str]) -> str:
        return f"transform({_KEY}, {texts(values)}, {texts(values.values())}, '')" if values else "''"

    if noted:
        person, upgrade_after, personless = "person", "upgrade", "personless != ''"
    else:
        person, upgrade_after = looked_up(plan.persons), looked_up(plan.upgrade_after)
        personless = f"has({texts(plan.personless)}, {_KEY})" if plan.personless else "false"
    columns = {
        "team_id": "t",
        "uuid": "u",
        "event": "e",
        "timestamp": "ts",
        "created_at": "now",
        "distinct_id": "d",
        "person_id": _person_id(person) if plan.persons else default_person_uuid_sql("t", "d"),
        "person_mode": _person_mode(upgrade_after, personless),
        **{f"`$group_{index}`": _group_key(plan, index, texts) for index in range(5)},
        "`$session_id`": _text_property("$session_id"),
        "`$window_id`": _text_property("$window_id"),
        "elements_chain": ("""if(position(p, '"$elements_chain"') > 0, JSONExtractString(p, '$elements_chain'), '')"""),
        "properties": _PROPERTIES,
        "properties_raw": "p",
    }
    settings = ", ".join(f"{name} = {value}" for name, value in _SETTINGS.items())
    statement = [
        f"INSERT INTO events ({', '.join(columns)})",
        f"SETTINGS {settings}, insert_deduplication_token = {_quoted(token)}",
        f"SELECT {', '.join(columns.values())}",
        f"FROM {source} WHERE k > 0",
    ]
    return " ".join(statement), parameters


def _person_id(known: str) -> str:
    return f"if({known} = '', {default_person_uuid_sql('t', 'd')}, toUUIDOrZero({known}))"


def _person_mode(upgrade_after: str, personless: str) -> str:
    # Both times are text in the same form, so they compare as times do.
    upgraded = f"{upgrade_after} != '' AND toString(ts) > {upgrade_after}"
    return (
        f"multiIf(k = 1 AND {upgraded}, 'force_upgrade', k = 1, 'propertyless',"
        f" e = '$groupidentify' AND {personless}, 'propertyless', 'full')"
    )


def _group_key(plan: InsertPlan, index: int, texts: Callable[[Iterable[str]], str]) -> str:
    """The key of the event's group of the project's type with this index."""
    types = {str(team): names[index] for team, names in plan.group_types.items() if len(names) > index}
    if not types:
        return "''"
    return f"g[transform(toString(t), {texts(types)}, {texts(types.values())}, '')]"


def _text_property(name: str) -> str:
    value = f"getSubcolumn({_PROPERTIES}, {_quoted(name)})"
    return f"ifNull(dynamicElement({value}, 'String'), '')"


def _quoted(text: str) -> str:
    """A text of ours as an SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
