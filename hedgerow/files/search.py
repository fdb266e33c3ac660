"""The language in which entries are searched for: words, all of which have to fit; see `matching`."""

from dataclasses import dataclass

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, Length, Replace, Substr
from django.db.models.lookups import Exact

from hedgerow.files.models import Entry
from hedgerow.organizations.models import User

FUNCTION_TYPES = frozenset(
    {"broadcast", "destination", "internal_destination", "site_app", "site_destination", "source_webhook"}
    | {"transformation", "warehouse_source_webhook"}
)
"""Kinds of functions; their entries have the type `hog_function/<kind>`."""

_FIELDS = ("path", "name", "user", "author", "type", "ref")
_NEGATIONS = ("-", "!")
_QUOTES = ("'", '"')


@dataclass(frozen=True)
class Word:
    """One part of a search: a text, in which field (None: path and type), and whether it must not occur."""

    text: str
    field: str | None = None
    negated: bool = False


def words(search: str) -> list[Word]:
    """The parts of a search. Quotes hold spaces together; one without a partner stands for itself."""
    return [word for token in _tokens(search) if (word := _word(token)).text]


def matching(entries: QuerySet[Entry], search: str, user: User, *, name_only: bool = False) -> QuerySet[Entry]:
    """Those of a project's entries that fit every word of a search, in any letter case.

    A word occurs in the path or the type (with `name_only`, in the last segment); `path:` looks into the segments
    before the last, `name:` into the last, `user:` or `author:` for who made it by name or e-mail (`me`: `user`),
    `type:` for exactly this type (`x/` for all that begin so, a kind of functions by its bare name), `ref:` for exactly
    this reference. `-` or `!` before a word asks for what does not fit.
    """
    for word in words(search):
        entries = _with_texts(entries)
        fits = _fits(word, entries, user, name_only=name_only)
        entries = entries.exclude(fits) if word.negated else entries.filter(fits)
    return entries


def _tokens(search: str) -> list[str]:
    tokens, token, is_open, place = [], "", False, 0
    while place < len(search):
        character = search[place]
        closing = search.find(character, place + 1) if character in _QUOTES else -1
        if closing >= 0:
            token, is_open, place = token + search[place + 1 : closing], True, closing
        elif character.isspace():
            tokens += [token] if is_open else []
            token, is_open = "", False
        else:
            token, is_open = token + character, True
        place += 1
    return [*tokens, token] if is_open else tokens


def _word(token: str) -> Word:
    negated = token.startswith(_NEGATIONS) and len(token) > 1
    text = token[1:] if negated else token
    field, colon, rest = text.partition(":")
    if colon and field.lower() in _FIELDS:
        return Word(rest, field.lower(), negated)
    return Word(text, None, negated)


def _with_texts(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """With what words are looked for in: paths and their parts as people read them, without upper and lower case."""
    folder = Substr("folded_path", 1, Length("folded_path") - Length("folded_name"))
    return entries.alias(
        read_path=_read(F("folded_path")), read_name=_read(F("folded_name")), read_folder=_read(folder)
    )


def _read(text: Combinable) -> Func:
    """Without escapes, so that a slash in a search fits between segments as well as within one."""
    slashes = Replace(text, Value("\\/"), Value("/"), output_field=TextField())
    return Replace(slashes, Value("\\\\"), Value("\\"), output_field=TextField())


def _fits(word: Word, entries: QuerySet[Entry], user: User, *, name_only: bool) -> Q:
    text = word.text.casefold().replace("\\/", "/").replace("\\\\", "\\")
    match word.field:
        case "path":
            return Q(read_folder__contains=text)
        case "name":
            return Q(read_name__contains=text)
        case "user" | "author":
            return Q(created_by__in=_makers(word.text, entries, user))
        case "type":
            return _is_of_type(word.text)
        case "ref":
            return Q(ref__isnull=False, ref=word.text)
    return Q(read_name__contains=text) if name_only else Q(read_path__contains=text) | Q(type__icontains=word.text)


def _makers(text: str, entries: QuerySet[Entry], user: User) -> list[int]:
    if text.lower() == "me":
        return [user.pk]
    makers = User.objects.filter(pk__in=entries.order_by().values("created_by").distinct())
    rows = makers.values_list("pk", "first_name", "last_name", "email")
    wanted = text.casefold()
    return [
        pk
        for pk, first_name, last_name, email in rows
        if wanted in f"{first_name} {last_name}".casefold() or wanted in email.casefold()
    ]


def _is_of_type(text: str) -> Q:
    if text.endswith("/"):
        return begins_with("type", text)
    return Q(type__in=[text, f"hog_function/{text}"] if text in FUNCTION_TYPES else [text])


def begins_with(field: str, text: str) -> Q:
    """Whether a field begins with a text, in the same letter case on every database."""
    return Q(Exact(Left(field, len(text)), text))
