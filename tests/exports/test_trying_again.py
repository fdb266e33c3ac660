"""What is done about an export when a store does not answer."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from hedgerow.exports.making import ATTEMPTS, ask_for_export, produce
from hedgerow.exports.models import ExportedAsset
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.exports.exporting import CSV, Exports, hogql, read

ONE = hogql("select 1 as a")


def waiting() -> Job:
    return Job.objects.get(kind="exports.tabulate")


def test_it_is_tried_again_and_then_made(exports: Exports) -> None:
    """Without having told of a failure meanwhile; here the folder of the project's files cannot be made."""
    obstacle = settings.HEDGEROW.blobs_dir / "exports" / str(exports.api.project.pk)
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("no folder")
    told = exports.make(CSV, ONE)
    assert (told["has_content"], told["exception"]) == (False, None)
    pauses = []
    for _ in range(3):
        job = waiting()
        pauses.append(round((job.run_at - timezone.now()).total_seconds(), -1))
        Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))
        do_waiting_jobs()
    assert pauses == [30, 60, 120]
    obstacle.unlink()
    Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))
    do_waiting_jobs()
    assert not Job.objects.filter(kind="exports.tabulate").exists()
    made = exports.get(told["id"])
    assert (made["has_content"], made["exception"]) == (True, None)
    assert read(exports.content(made["id"])) == b"a\r\n1\r\n"


def test_after_the_last_attempt_it_has_failed(exports: Exports) -> None:
    """That is told, in words that say nothing of the server's insides."""
    obstacle = settings.HEDGEROW.blobs_dir / "exports" / str(exports.api.project.pk)
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("no folder")
    made = exports.ask(CSV, ONE).json()
    Job.objects.update(arguments={"asset_id": made["id"], "number": ATTEMPTS})
    do_waiting_jobs()
    told = exports.get(made["id"])
    assert told["exception"] == "The server's stores did not answer. Try again."
    asset = ExportedAsset.objects.get(pk=made["id"])
    assert (asset.failure_type, asset.exception_type) == ("system", "BlobError")
    assert not Job.objects.filter(kind="exports.tabulate").exists()


def test_it_is_made_once(exports: Exports) -> None:
    """A job that comes a second time, because its process died at its end, leaves the file as it is."""
    made = exports.make(CSV, ONE)
    before = ExportedAsset.objects.get(pk=made["id"])
    Job.objects.create(kind="exports.tabulate", arguments={"asset_id": made["id"]})
    do_waiting_jobs()
    assert ExportedAsset.objects.get(pk=made["id"]).finished_at == before.finished_at


def test_one_that_is_deleted_while_it_is_made_leaves_no_file(exports: Exports) -> None:
    """Nobody could ever read it."""
    asset = ask_for_export(exports.api.project, None, export_format=CSV, export_context=ONE, is_system=True)
    ExportedAsset.objects.all().delete()
    assert produce(asset)
    folder = settings.HEDGEROW.blobs_dir / "exports" / str(exports.api.project.pk)
    assert list(folder.glob("*")) == []
