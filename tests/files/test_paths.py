"""The grammar of paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.files.paths import (
    MAX_BYTES,
    canonical,
    depth,
    escape,
    folder_of,
    folders_of,
    inside,
    join,
    name_of,
    renamed,
    split,
)

SEGMENTS = st.lists(st.text("ab/\\ é", min_size=1, max_size=5), max_size=5)
PATHS = st.text("ab/\\", max_size=12)


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("", []),
        ("a", ["a"]),
        ("a/b/c", ["a", "b", "c"]),
        ("a//b", ["a", "b"]),
        ("/a/b/", ["a", "b"]),
        (r"a/x\/y", ["a", "x/y"]),
        (r"a\\/b", ["a\\", "b"]),
        (r"a\b", ["a\\b"]),
        ("a\\", ["a\\"]),
        ("//", []),
    ],
)
def test_a_path_is_split_at_slashes_that_are_not_escaped(path: str, segments: list[str]) -> None:
    assert split(path) == segments


@given(SEGMENTS)
def test_segments_come_back_from_their_path(segments: list[str]) -> None:
    assert split(join(segments)) == segments
    assert depth(join(segments)) == len(segments)


@given(PATHS)
def test_a_path_has_one_canonical_form_with_the_same_segments(path: str) -> None:
    assert split(canonical(path)) == split(path)
    assert canonical(canonical(path)) == canonical(path)


@given(SEGMENTS.filter(bool))
def test_a_path_is_its_name_inside_its_folder(segments: list[str]) -> None:
    path = join(segments)
    assert inside(folder_of(path), name_of(path)) == path
    assert renamed(path, "new/name") == inside(join(segments[:-1]), "new/name")
    assert folders_of(path) == [join(segments[:length]) for length in range(1, len(segments))]


@given(st.text(min_size=1, max_size=40), st.integers(1, 60), st.text("ab/", max_size=MAX_BYTES - 700))
def test_a_name_is_cut_to_what_a_path_can_hold(name: str, times: int, folder: str) -> None:
    path = inside(folder, name * times)
    assert len(path.encode(errors="surrogatepass")) <= MAX_BYTES
    assert (name * times).startswith(name_of(path))


def test_a_short_name_is_not_cut() -> None:
    assert inside("Team", "Q/1") == "Team/" + escape("Q/1") == r"Team/Q\/1"
