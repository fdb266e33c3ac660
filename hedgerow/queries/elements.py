"""The elements of an autocaptured event, from the text they are stored as.

The chain holds the clicked element and those around it, separated by `;`, each written as
`tag.class1.class2:attr__id="x"href="/y"nth-child="1"nth-of-type="1"text="z"`; quotes inside values are escaped by `\\`.
"""

import re
from typing import Any

_ELEMENT = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')
_ATTRIBUTE = re.compile(r'([^="]+)="((?:[^"\\]|\\.)*)"')
_HEAD = re.compile(r'(?P<tag>[^.:]*)(?P<classes>(?:\.[^:"]*)?)(?::(?P<attributes>.*))?', re.DOTALL)
_NUMBERS = {"nth-child": "nth_child", "nth-of-type": "nth_of_type"}


def parse_elements(chain: str) -> list[dict[str, Any]]:
    """The elements from the clicked one outwards."""
    return [_element(found.group(), order) for order, found in enumerate(_ELEMENT.finditer(chain))]


def _element(text: str, order: int) -> dict[str, Any]:
    head = _HEAD.fullmatch(text)
    element: dict[str, Any] = {
        "event": None,
        "text": None,
        "tag_name": (head["tag"] if head else "") or None,
        "attr_class": [name for name in (head["classes"] if head else "").split(".") if name] or None,
        "href": None,
        "attr_id": None,
        "nth_child": None,
        "nth_of_type": None,
        "attributes": {},
        "order": order,
    }
    for name, value in _ATTRIBUTE.findall((head and head["attributes"]) or ""):
        value = value.replace('\\"', '"')
        if name in ("text", "href", "attr_id"):
            element[name] = value
        elif name in _NUMBERS and value.isdigit():
            element[_NUMBERS[name]] = int(value)
        elif name.startswith("attr__"):
            element["attributes"][name] = value
    element["attr_id"] = element["attr_id"] or element["attributes"].get("attr__id")
    element["href"] = element["href"] or element["attributes"].get("attr__href")
    return element
