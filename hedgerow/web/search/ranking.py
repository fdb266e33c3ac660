"""How well names fit what somebody is looking for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.functions import Length

SAME, BEGINS, WORDS, CONTAINS, OTHERWISE = range(5)
"""The name is what was written; begins with it; its words begin with the words written; contains it; fits by
something that is not shown."""

CANDIDATES = 20
"""Rows of a kind that are looked at."""

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Hit:
    """Something found: what it is called, where it is, more about it, and how well it fits (less is better)."""

    title: str
    address: str
    detail: str = ""
    rank: int = OTHERWISE


def rank_of(text: str, names: Iterable[str]) -> int:
    """How well the best of the names fits."""
    return min((_rank(text.casefold(), name.casefold()) for name in names), default=OTHERWISE)


def best(hits: Iterable[Hit], most: int) -> list[Hit]:
    """The hits that fit best, the shorter ones first among equals."""
    return sorted(hits, key=lambda hit: (hit.rank, len(hit.title), hit.title.casefold()))[:most]


def candidates(rows: QuerySet[Row], fields: Sequence[str], text: str, more: Q | None = None) -> list[Row]:
    """Rows in whose fields each word of the text occurs, those first whose first field fits better.

    `more` is a condition that makes a row fit as well.
    """
    condition = Q()
    for word in text.split():
        condition &= Q(*((f"{field}__icontains", word) for field in fields), _connector=Q.OR)
    name = fields[0]
    order = Case(
        When(**{f"{name}__iexact": text}, then=Value(SAME)),
        When(**{f"{name}__istartswith": text}, then=Value(BEGINS)),
        default=Value(OTHERWISE),
        output_field=IntegerField(),
    )
    found = rows.filter(condition | more if more is not None else condition)
    return list(found.order_by(order, Length(name), name, "pk")[:CANDIDATES])


def _rank(text: str, name: str) -> int:
    if name == text:
        return SAME
    if name.startswith(text):
        return BEGINS
    words = name.replace("_", " ").replace("-", " ").replace("$", " ").split()
    if all(any(word.startswith(part) for word in words) for part in text.split()):
        return WORDS
    return CONTAINS if text in name else OTHERWISE
