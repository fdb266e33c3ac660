"""Removing exports whose time is over."""

import shutil

from django.utils import timezone

from hedgerow.blobs.store import store
from hedgerow.exports.making import blobs_folder, work_folder
from hedgerow.exports.models import ExportedAsset

_AT_ONCE = 500


def forget_expired() -> None:
    """Remove expired exports with their files, and files whose export is gone, for example with its project.

    A file goes before its row, so that none is forgotten if the process ends in between.
    """
    expired = ExportedAsset.objects.filter(expires_after__lte=timezone.now())
    for pk, key in expired.values_list("pk", "content_key").iterator(_AT_ONCE):
        if key:
            store().delete(key)
        ExportedAsset.objects.filter(pk=pk).delete()
    batch: list[str] = []
    for key in store().keys(blobs_folder()):
        batch.append(key)
        if len(batch) == _AT_ONCE:
            _remove_orphans(batch)
            batch = []
    _remove_orphans(batch)
    _remove_unfinished()


def _remove_orphans(keys: list[str]) -> None:
    by_id = {int(name): key for key in keys if (name := key.rpartition("/")[2]).isdecimal()}
    known = set(ExportedAsset.objects.filter(pk__in=by_id).values_list("pk", flat=True))
    for pk, key in by_id.items():
        if pk not in known:
            store().delete(key)


def _remove_unfinished() -> None:
    """What an attempt kept on disk that was never taken up again, as its export was deleted."""
    for folder in work_folder().glob("*"):
        if not ExportedAsset.objects.filter(pk=folder.name, finished_at=None).exists():
            shutil.rmtree(folder, ignore_errors=True)
