"""The store of blobs: bytes of any length under a key, written and read piece by piece.

A key is a path such as `exports/7/12`. A blob is there whole or not at all: one whose writing is interrupted, also by
the end of the process, does not exist, and one that replaces another does so at once.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import obstore
from django.conf import settings
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from hedgerow.settings import MEBIBYTE, Settings

PIECE = MEBIBYTE
"""About how many bytes are read at a time."""
PART = 8 * MEBIBYTE
"""Bytes sent to the storage at a time; the longest blob of S3 has ten thousand parts."""
_PARTS_AT_A_TIME = 2


class BlobError(Exception):
    """The storage does not answer, refuses, or is full. The same may work later."""


class MissingBlob(BlobError):  # noqa: N818
    """There is no blob under this key."""


class BlobStore:
    """A store of blobs. Safe to use from many threads; everything raises `BlobError`."""

    def __init__(self, storage: ObjectStore, folder: Path | None = None) -> None:
        """`folder` is where the storage keeps its files, if it does so on this machine."""
        self._storage = storage
        self._folder = folder

    def put(self, key: str, chunks: Iterable[bytes]) -> int:
        """Store the chunks, one after the other, as one blob; the number of its bytes. It outlasts a power cut.

        What the chunks raise while they are made is raised, and nothing is stored. One writer at a time for a key.
        """
        self._remove_unfinished(key)
        unsafe = self._to_put_on_disk(key)
        pieces = _Pieces(chunks)
        try:
            with _errors():
                obstore.put(
                    self._storage, key, pieces, use_multipart=True, chunk_size=PART, max_concurrency=_PARTS_AT_A_TIME
                )
        except BlobError:
            if pieces.raised is not None:
                raise pieces.raised from None
            raise
        for path in unsafe:
            with _errors():
                _put_on_disk(path)
        return pieces.size

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`; raises MissingBlob before the first piece."""
        until = self.size(key) if end is None else end
        return self._pieces(key, start, until)

    def size(self, key: str) -> int:
        """The number of a blob's bytes. Raises MissingBlob."""
        with _errors():
            return int(obstore.head(self._storage, key)["size"])

    def delete(self, key: str) -> None:
        """Remove a blob, if it is there, and what is left of an interrupted writing of it."""
        self._remove_unfinished(key)
        with contextlib.suppress(MissingBlob), _errors():
            obstore.delete(self._storage, key)

    def keys(self, folder: str) -> Iterator[str]:
        """The keys of all blobs that begin with `<folder>/`."""
        with _errors():
            for found in obstore.list(self._storage, prefix=folder):
                yield from (each["path"] for each in found)

    def _pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, PIECE):
            with _errors():
                yield bytes(obstore.get_range(self._storage, key, start=at, end=min(at + PIECE, end)))

    def _to_put_on_disk(self, key: str) -> list[Path]:
        """What the system only remembers once the blob is written: the file, and the folders with new names in them."""
        if self._folder is None:
            return []
        place = self._folder / key
        paths = [place, place.parent]
        while not paths[-1].exists() and paths[-1] != self._folder:
            paths.append(paths[-1].parent)
        return paths

    def _remove_unfinished(self, key: str) -> None:
        """In a folder a blob is written beside its place, as `<name>#<number>`, and stays there if the process ends."""
        if self._folder is not None:
            place = self._folder / key
            for left in place.parent.glob(f"{place.name}#*"):
                left.unlink(missing_ok=True)


class _Pieces:
    """The chunks in pieces of a sensible size, how many bytes they have, and what they raised."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.size = 0
        self.raised: BaseException | None = None
        self._chunks = iter(chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        gathered: list[bytes] = []
        length = 0
        try:
            while length < PIECE and (chunk := next(self._chunks, None)) is not None:
                gathered.append(chunk)
                length += len(chunk)
        except BaseException as error:
            self.raised = error
            raise
        if not gathered:
            raise StopIteration
        self.size += length
        return b"".join(gathered)


def _put_on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise MissingBlob(str(error)) from error
    except (BaseError, OSError) as error:
        raise BlobError(str(error)) from error


def open_store(configured: Settings) -> BlobStore:
    """The store that the settings name. Raises BlobError for an address that cannot be one."""
    if not configured.blobs_url:
        folder = configured.blobs_dir
        folder.mkdir(parents=True, exist_ok=True)
        return BlobStore(LocalStore(folder, mkdir=True), folder)
    wanted = {
        "endpoint": configured.blobs_endpoint,
        "region": configured.blobs_region,
        "access_key_id": configured.blobs_access_key,
        "secret_access_key": configured.blobs_secret_key,
    }
    given = {name: value for name, value in wanted.items() if value}
    plain = {"allow_http": True} if configured.blobs_endpoint.startswith("http://") else {}
    with _errors():
        return BlobStore(from_url(configured.blobs_url, config=given, client_options=plain))  # type: ignore[call-overload]


@cache
def store() -> BlobStore:
    """The server's store, opened at first use."""
    return open_store(settings.HEDGEROW)
