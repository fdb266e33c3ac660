"""Blobs in S3-compatible storage are as they are in a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hedgerow.blobs.store import PART, BlobError, BlobStore, MissingBlob, open_store
from hedgerow.settings import Settings
from tests.blobs.s3 import kept_in, s3_server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for all of these tests."""
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[BlobStore]:
    """A store without blobs."""
    opened = open_store(Settings(data_dir=tmp_path, **kept_in(address)))
    yield opened
    for key in list(opened.keys("exports")):
        opened.delete(key)


def test_what_was_put_is_read(store: BlobStore) -> None:
    """In whole and in part, replaced at once, and removed for good."""
    assert store.put("exports/1/2", [b"abc", b"", b"def"]) == 6
    assert b"".join(store.read("exports/1/2")) == b"abcdef"
    assert b"".join(store.read("exports/1/2", 1, 4)) == b"bcd"
    store.put("exports/1/2", [b"new"])
    assert (store.size("exports/1/2"), b"".join(store.read("exports/1/2"))) == (3, b"new")
    store.put("exports/1/empty", [])
    assert (store.size("exports/1/empty"), sorted(store.keys("exports"))) == (0, ["exports/1/2", "exports/1/empty"])
    store.delete("exports/1/2")
    store.delete("exports/1/2")
    assert list(store.keys("exports")) == ["exports/1/empty"]
    with pytest.raises(MissingBlob):
        store.read("exports/1/2")


def test_a_long_blob_is_sent_in_parts(store: BlobStore) -> None:
    """More of them than are on their way at a time."""
    line = bytes(range(256)) * 4_000
    times = 3 * PART // len(line) + 1
    assert store.put("exports/long", (line for _ in range(times))) == times * len(line)
    assert store.size("exports/long") == times * len(line)
    assert b"".join(store.read("exports/long")) == line * times


def test_what_fails_while_it_is_written_does_not_exist(store: BlobStore) -> None:
    """Also where parts of it have been sent already."""

    def failing() -> Iterator[bytes]:
        yield b"x" * (2 * PART)
        raise KeyError("the rows ended early")

    with pytest.raises(KeyError, match="the rows ended early"):
        store.put("exports/half", failing())
    assert list(store.keys("exports")) == []


def test_a_wrong_key_and_a_server_that_is_gone_are_told(address: str, tmp_path: Path) -> None:
    """Neither is mistaken for a blob that is missing."""
    wrong = open_store(Settings(data_dir=tmp_path, **{**kept_in(address), "blobs_secret_key": "guessed"}))
    with pytest.raises(BlobError) as refused:
        wrong.size("exports/1/2")
    assert not isinstance(refused.value, MissingBlob)
    with s3_server(tmp_path / "gone") as former:
        gone = open_store(Settings(data_dir=tmp_path, **kept_in(former)))
    with pytest.raises(BlobError) as unanswered:
        gone.size("exports/1/2")
    assert not isinstance(unanswered.value, MissingBlob)
