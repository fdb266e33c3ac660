r"""The grammar of paths: segments joined by slashes, such as `Team/Reports/Sign-ups`.

Inside a segment a slash is written `\/` and a backslash `\\`; a backslash before anything else stands for itself. Empty
segments count for nothing. Only canonical paths are stored: what `join` gives.
"""

import re
from collections.abc import Iterable

MAX_BYTES = 1_600
"""Of a stored path in UTF-8: PostgreSQL's indexes take no more than 2,700 bytes."""

_SEGMENT = re.compile(r"(?:\\[/\\]|[^/])+")


def split(path: str) -> list[str]:
    r"""The segments of a path, as people read them: `a/b\/c` has `a` and `b/c`."""
    return [re.sub(r"\\([/\\])", r"\1", segment) for segment in _SEGMENT.findall(path)]


def escape(segment: str) -> str:
    """A segment as it is written in a path."""
    return segment.replace("\\", "\\\\").replace("/", "\\/")


def join(segments: Iterable[str]) -> str:
    """The canonical path of these segments."""
    return "/".join(escape(each) for each in segments if each)


def canonical(path: str) -> str:
    """The one way in which this path is stored and looked for; `""` is the root."""
    return join(split(path))


def depth(path: str) -> int:
    """How many segments a path has."""
    return len(split(path))


def folder_of(path: str) -> str:
    """The path of the folder that something is in; `""` is the root."""
    return join(split(path)[:-1])


def folders_of(path: str) -> list[str]:
    """The paths of all folders that something is in, the outermost first."""
    segments = split(path)
    return [join(segments[:length]) for length in range(1, len(segments))]


def name_of(path: str) -> str:
    """The last segment, as people read it."""
    return (split(path) or [""])[-1]


def renamed(path: str, name: str) -> str:
    """The path with another last segment."""
    return inside(folder_of(path), name)


def inside(folder: str, name: str) -> str:
    """The path of something in a folder (`""` is the root). A name too long for a path is cut.

    Raises ValueError when there is no room for a name, or no name.
    """
    canonical_folder = canonical(folder)
    start = path = f"{canonical_folder}/" if canonical_folder else ""
    for character in name:
        longer = path + escape(character)
        if is_too_long(longer):
            break
        path = longer
    if path == start:
        raise ValueError("There is no room for a name.")
    return path


def is_too_long(path: str) -> bool:
    """Whether a canonical path cannot be stored."""
    return len(path.encode()) > MAX_BYTES
