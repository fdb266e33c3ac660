"""Identifiers and string literals for names that may hold anything: quotes, line breaks, emoji, keywords."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 60
"""Characters of an identifier, before a number that sets it apart."""


class Identifiers:
    """The identifiers of one scope of a source file: none is given out twice, and no reserved one at all.

    The second of two equal ones gets a 2 after `joint`, the third a 3.
    """

    def __init__(self, reserved: Collection[str] = (), joint: str = "") -> None:
        self._taken = set(reserved)
        self._joint = joint
        self._last: dict[str, int] = {}

    def give(self, wanted: str) -> str:
        """The wanted identifier, with a number where it is taken."""
        name, number = wanted, self._last.get(wanted, 1)
        while name in self._taken:
            number += 1
            name = f"{wanted}{self._joint}{number}"
        self._last[wanted] = number
        self._taken.add(name)
        return name


def snake_case(name: str) -> str:
    """The letters and digits of a name, joined by `_`; empty where it has none."""
    return "_".join(_words(name))[:LONGEST].rstrip("_")


def pascal_case(name: str) -> str:
    """The words of a name, each with a capital: `order placed` is `OrderPlaced`; empty where it has no letters."""
    return "".join(word[0].upper() + word[1:] for word in _words(name))[:LONGEST]


def camel_case(name: str) -> str:
    """As `pascal_case`, but beginning with a small letter."""
    first, *others = _words(name) or [""]
    first = first.lower() if first.isupper() else first[:1].lower() + first[1:]
    return (first + pascal_case(" ".join(others)))[:LONGEST]


def quoted(text: str) -> str:
    """A string literal in double quotes that means the text in Go, Python and TypeScript alike, on one line.

    What cannot be seen, or changes the direction of what can, is escaped; so are line breaks of any kind.
    """
    return f'"{"".join(map(_escaped, text))}"'


def _words(name: str) -> list[str]:
    """What is left of a name in ASCII: letters lose their accents. Others would not be the same in all languages."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[A-Za-z0-9]+", plain)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    # Beyond 16 bits the languages escape differently, and all of them take the character as it is.
    if character.isprintable() or ord(character) > 0xFFFF:
        return character
    return f"\\u{ord(character):04x}"
