"""Identifiers and string literals for any name."""

import ast
import json
import keyword
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.taxonomy.codegen.naming import LONGEST, Identifiers, camel_case, pascal_case, quoted, snake_case
from tests.taxonomy.codegen.hostile import NAMES

# What a database can hold as text.
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@pytest.mark.parametrize(
    ("name", "snake", "pascal", "camel"),
    [
        ("order placed", "order_placed", "OrderPlaced", "orderPlaced"),
        ("$current_url", "current_url", "CurrentUrl", "currentUrl"),
        ("userSignedUp", "userSignedUp", "UserSignedUp", "userSignedUp"),
        ("URL opened", "URL_opened", "URLOpened", "urlOpened"),
        ("naïve café", "naive_cafe", "NaiveCafe", "naiveCafe"),
        ("404 found", "404_found", "404Found", "404Found"),
        ("🫖", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_words_of_a_name_are_joined_as_the_language_does(name: str, snake: str, pascal: str, camel: str) -> None:
    assert (snake_case(name), pascal_case(name), camel_case(name)) == (snake, pascal, camel)


@settings(max_examples=200)
@given(names)
def test_joined_words_are_letters_and_digits_of_limited_length(name: str) -> None:
    for joined in (snake_case(name), pascal_case(name), camel_case(name)):
        assert re.fullmatch("[A-Za-z0-9_]*", joined)
        assert len(joined) <= LONGEST


def test_equal_identifiers_are_numbered_around_those_that_are_taken() -> None:
    identifiers = Identifiers(reserved=["type", "a_3"], joint="_")

    assert [identifiers.give(wanted) for wanted in ("a", "a", "a", "type", "a_2", "a")] == [
        *("a", "a_2", "a_4", "type_2", "a_2_2", "a_5"),
    ]


@settings(max_examples=200)
@given(names)
def test_a_literal_is_one_line_and_means_the_text(name: str) -> None:
    literal = quoted(name)

    assert len(literal.splitlines()) == 1
    assert ast.literal_eval(literal) == name
    assert json.loads(literal) == name


def test_what_turns_the_direction_of_text_is_escaped() -> None:
    assert quoted("\u202eabc\u2066\ufeff") == r'"\u202eabc\u2066\ufeff"'


def test_what_can_be_read_is_left_as_it_is() -> None:
    assert quoted("naïve 注文 🫖") == '"naïve 注文 🫖"'


def test_hostile_names_hold_what_they_should() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 50
    assert any(keyword.iskeyword(name) for name in NAMES)
    for part in ('"', "'", "`", "${", "\n", "*/", '"""', "🫖", "\\", "\u2028"):
        assert any(part in name for name in NAMES), part
