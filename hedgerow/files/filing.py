"""In which folder an object that is being made is filed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_folder: ContextVar[str | None] = ContextVar("folder", default=None)


@contextmanager
def creating_in(folder: str | None) -> Iterator[None]:
    """File what is saved meanwhile for the first time in this folder (`""` is the root) instead of its kind's own."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def chosen_folder() -> str | None:
    """The folder chosen by `creating_in`, or None."""
    return _folder.get()
