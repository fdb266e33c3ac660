"""Exports whose files are kept in S3-compatible storage."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.blobs.store import store
from hedgerow.exports.expiry import forget_expired
from hedgerow.exports.links import public_link
from hedgerow.exports.models import ExportedAsset
from tests.blobs.s3 import kept_in, s3_server
from tests.exports.exporting import CSV, Exports, hogql, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def exports_in_s3(exports: Exports, settings: Any, tmp_path: Path) -> Iterator[Exports]:
    """Exports of a server that was started with the address of the storage."""
    with s3_server(tmp_path / "s3") as address:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=kept_in(address))
        store.cache_clear()
        yield exports
        store.cache_clear()


def test_a_file_is_made_read_in_parts_linked_and_removed(exports_in_s3: Exports) -> None:
    """As where it is in a folder; the storage has it under the export's key and nobody reads it there without ours."""
    exports = exports_in_s3
    made = exports.make(CSV, hogql("select number as n from numbers(3)"))
    assert (made["exception"], made["has_content"]) == (None, True)
    assert read(exports.content(made["id"])) == b"n\r\n0\r\n1\r\n2\r\n"
    part = exports.content(made["id"], Range="bytes=3-5")
    assert (part.status_code, read(part), part["Content-Range"]) == (206, b"0\r\n", "bytes 3-5/12")
    asset = ExportedAsset.objects.get(pk=made["id"])
    assert list(store().keys("exports")) == [asset.content_key]
    link = httpx.URL(public_link(asset))
    assert read(Client().get(link.raw_path.decode())) == b"n\r\n0\r\n1\r\n2\r\n"
    ExportedAsset.objects.update(expires_after=timezone.now() - timedelta(seconds=1))
    forget_expired()
    assert list(store().keys("exports")) == []
