"""The chain of clicked elements as one text, as autocapture events store it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_MAX_TEXT = 400
_MAX_HREF = 2048


def elements_chain(elements: Sequence[Any]) -> str:
    """`tag.class1.class2:name="value"…` of each element, innermost first, joined by `;`.

    What is no element is left out.
    """
    return ";".join(_element(element) for element in elements if isinstance(element, Mapping))


def _element(element: Mapping[str, Any]) -> str:
    tag = element.get("tag_name")
    chain = tag if isinstance(tag, str) else ""
    classes = _classes(element.get("attr__class", element.get("attr_class", element.get("classes"))))
    for name in sorted(classes):
        chain += "." + name.replace('"', "")
    attributes = _attributes(element)
    return chain + ":" + "".join(f'{_escape(name)}="{_escape(attributes[name])}"' for name in sorted(attributes))


def _classes(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        return [name for name in value if isinstance(name, str) and name]
    return []


def _attributes(element: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, Any] = {
        "text": _cut(element.get("$el_text", element.get("text")), _MAX_TEXT),
        "href": _cut(element.get("attr__href", element.get("href")), _MAX_HREF),
        "attr_id": element.get("attr__id", element.get("attr_id")),
        "nth-child": element.get("nth_child"),
        "nth-of-type": element.get("nth_of_type"),
    }
    found |= {name: value for name, value in element.items() if name.startswith("attr__")}
    return {name: _text(value) for name, value in found.items() if value is not None}


def _cut(value: Any, length: int) -> Any:
    return value[:length] if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return str(value)


def _escape(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text).replace('"', r"\"")
