"""Blobs in a folder: written piece by piece, there whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hedgerow.blobs.store import PIECE, BlobStore, MissingBlob, open_store
from hedgerow.settings import Settings


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    """An empty store in a folder."""
    return open_store(Settings(data_dir=tmp_path))


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder / "blobs")) for path in folder.rglob("*") if path.is_file())


def test_what_was_put_is_read(store: BlobStore) -> None:
    """In whole and in part, also over the borders of the pieces it is read in."""
    assert store.put("exports/1/2", [b"abc", b"", b"def"]) == 6
    assert b"".join(store.read("exports/1/2")) == b"abcdef"
    assert b"".join(store.read("exports/1/2", 1, 4)) == b"bcd"
    long = bytes(range(256)) * (PIECE // 100)
    assert store.put("long", (long[at : at + 999] for at in range(0, len(long), 999))) == len(long)
    assert store.size("long") == len(long)
    assert b"".join(store.read("long")) == long
    assert b"".join(store.read("long", PIECE - 1, PIECE + 2)) == long[PIECE - 1 : PIECE + 2]


def test_a_blob_without_bytes_is_a_blob(store: BlobStore) -> None:
    """It is there and empty."""
    assert store.put("empty", []) == 0
    assert (store.size("empty"), list(store.read("empty"))) == (0, [])


def test_one_that_is_not_there_is_missed(store: BlobStore) -> None:
    """Asked for, and read; removing it is nothing."""
    with pytest.raises(MissingBlob):
        store.size("none")
    with pytest.raises(MissingBlob):
        store.read("none")
    store.delete("none")


def test_what_fails_while_it_is_written_does_not_exist(store: BlobStore, tmp_path: Path) -> None:
    """The reason is the caller's own, the blob before it stays, and nothing is left in the folder."""

    def failing() -> Iterator[bytes]:
        yield b"x" * 20_000_000
        raise KeyError("the rows ended early")

    with pytest.raises(KeyError, match="the rows ended early"):
        store.put("a/b", failing())
    with pytest.raises(MissingBlob):
        store.size("a/b")
    store.put("a/b", [b"before"])
    with pytest.raises(KeyError):
        store.put("a/b", failing())
    assert b"".join(store.read("a/b")) == b"before"
    assert files_in(tmp_path) == ["a/b"]


def test_what_a_dead_process_left_is_removed(store: BlobStore, tmp_path: Path) -> None:
    """Writing or deleting the blob removes what was begun of it, and of no other."""
    (tmp_path / "blobs" / "a").mkdir()
    for name in ("1#1", "1#2", "11#1"):
        (tmp_path / "blobs" / "a" / name).write_bytes(b"half")
    assert list(store.keys("a")) == []
    store.put("a/1", [b"whole"])
    assert files_in(tmp_path) == ["a/1", "a/11#1"]
    store.delete("a/11")
    assert list(store.keys("a")) == ["a/1"]
    store.delete("a/1")
    assert files_in(tmp_path) == []
