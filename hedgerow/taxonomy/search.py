"""What both lists of definitions are narrowed by: words in the name, tags, and lists given as JSON in the address."""

from typing import Any

import orjson
from django.db import connection
from django.db.models import BooleanField, Func, Q, TextField, Value
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.taxonomy.core_events import Known

MOST_NAMES = 10_000
"""Names a list in an address may have."""


def name_has_words(search: str) -> Q:
    """Every word, separated by white space, occurs in the name, in upper or lower case."""
    matches = Q()
    for word in search.split():
        if connection.vendor == "sqlite" and word.isascii():
            # As good there, and answered from an index that has the names themselves.
            matches &= Q(name__icontains=word)
        else:
            matches &= Q(search_name__contains=word.lower())
    return matches


def labelled_with_words(known: dict[str, Known], search: str) -> list[str]:
    """The names of those whose label has every word of the search."""
    words = search.lower().split()
    return [name for name, each in known.items() if words and all(word in each.label.lower() for word in words)]


class HasAnyTag(Func):
    """Whether a definition has one of these tags."""

    output_field = BooleanField()

    def __init__(self, tags: list[str]) -> None:
        super().__init__("tags", Value(orjson.dumps(tags).decode(), output_field=TextField()))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By SQLite's JSON functions."""
        template = (
            "EXISTS (SELECT 1 FROM json_each(%(tags)s) AS own, json_each(%(wanted)s) AS wanted"
            " WHERE own.value = wanted.value)"
        )
        return self._sql(compiler, template)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By PostgreSQL's JSON functions."""
        template = (
            "EXISTS (SELECT 1 FROM jsonb_array_elements_text(%(tags)s) AS own (value),"
            " jsonb_array_elements_text(CAST(%(wanted)s AS jsonb)) AS wanted (value) WHERE own.value = wanted.value)"
        )
        return self._sql(compiler, template)

    def _sql(self, compiler: Any, template: str) -> Any:
        tags, wanted = self.get_source_expressions()
        tags_sql, tags_values = compiler.compile(tags)
        wanted_sql, wanted_values = compiler.compile(wanted)
        return template % {"tags": tags_sql, "wanted": wanted_sql}, [*tags_values, *wanted_values]


@extend_schema_field(serializers.CharField(help_text="A JSON list of texts."))
class NamesField(serializers.CharField):
    """A list of texts, written as JSON in one parameter."""

    default_error_messages = {
        "not_json": "Must be a JSON list of texts.",
        "too_many": "At most {most} names.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """The texts. Raises ValidationError."""
        text = super().to_internal_value(data)
        if not text:
            return []
        try:
            names = orjson.loads(text)
        except orjson.JSONDecodeError:
            self.fail("not_json")
        if not isinstance(names, list) or not all(isinstance(name, str) and "\0" not in name for name in names):
            self.fail("not_json")
        if len(names) > MOST_NAMES:
            self.fail("too_many", most=MOST_NAMES)
        return names
