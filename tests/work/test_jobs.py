"""Durable jobs: done once where nothing goes wrong, and again until they succeed where it does."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from hedgerow.work.jobs import KINDS, SCHEDULES, Attempt, enqueue, every, job
from hedgerow.work.models import Job, Schedule
from hedgerow.work.worker import Worker, do_waiting_jobs, make_scheduled


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    """The kinds and schedules of a test end with it, and those of the product stay out of it."""
    kinds, schedules = dict(KINDS), dict(SCHEDULES)
    KINDS.clear()
    SCHEDULES.clear()
    yield
    KINDS.clear()
    KINDS.update(kinds)
    SCHEDULES.clear()
    SCHEDULES.update(schedules)


@pytest.mark.django_db
def test_a_job_is_called_with_its_arguments_and_is_gone_when_done() -> None:
    """The function gets what `enqueue` was given."""
    calls = []

    @job("tests.add")
    def add(attempt: Attempt, left: int, right: int) -> None:
        calls.append((attempt.number, left + right))

    enqueue("tests.add", left=2, right=3)
    assert do_waiting_jobs() == 1
    assert calls == [(1, 5)]
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_shares_the_fate_of_the_transaction_it_was_written_in() -> None:
    """What is rolled back is not done."""

    @job("tests.never")
    def never(attempt: Attempt) -> None:
        raise AssertionError("must not be called")

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("tests.never")
        raise ZeroDivisionError
    assert do_waiting_jobs() == 0


@pytest.mark.django_db
def test_a_job_that_raises_is_tried_again_later_and_later_until_it_has_failed() -> None:
    """The pauses double; the last error is kept."""
    attempts = []

    @job("tests.fail", attempts=3)
    def fail(attempt: Attempt) -> None:
        attempts.append((attempt.number, attempt.is_last))
        raise ValueError("no luck")

    enqueue("tests.fail")
    pauses = []
    for _ in range(3):
        before = timezone.now()
        assert do_waiting_jobs() == 1
        waiting = Job.objects.get()
        pauses.append(round((waiting.run_at - before).total_seconds() / 60))
        Job.objects.update(run_at=timezone.now())
    assert attempts == [(1, False), (2, False), (3, True)]
    assert pauses[:2] == [1, 2]
    failed = Job.objects.get()
    assert failed.failed_at is not None
    assert failed.last_error == "no luck"
    assert do_waiting_jobs() == 0


@pytest.mark.django_db
def test_an_equal_job_that_waits_is_enough() -> None:
    """One with other arguments is not."""

    @job("tests.tell")
    def tell(attempt: Attempt, whom: str) -> None:
        pass

    for whom in ("ada", "ada", "bob"):
        enqueue("tests.tell", unless_waiting=True, whom=whom)
    assert [each.arguments for each in Job.objects.order_by("pk")] == [{"whom": "ada"}, {"whom": "bob"}]


@pytest.mark.django_db
def test_a_schedule_makes_one_job_each_time_and_none_while_the_last_one_waits() -> None:
    """However often, and by however many processes, it is looked at."""

    @every(timedelta(minutes=1))
    @job("tests.tick")
    def tick(attempt: Attempt) -> None:
        pass

    make_scheduled()
    assert not Job.objects.exists(), "the first time comes after one interval"
    for _ in range(3):
        Schedule.objects.update(due_at=timezone.now())
        make_scheduled()
        make_scheduled()
    assert Job.objects.count() == 1
    do_waiting_jobs()
    Schedule.objects.update(due_at=timezone.now())
    make_scheduled()
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_jobs_as_they_come_and_takes_up_those_of_a_dead_one() -> None:
    """A lease that has run out belongs to nobody."""
    done = threading.Event()
    numbers = []

    @job("tests.note")
    def note(attempt: Attempt) -> None:
        numbers.append(attempt.number)
        done.set()

    now = timezone.now()
    Job.objects.create(kind="tests.note", worker="dead", attempts=1, leased_until=now - timedelta(seconds=1))
    Job.objects.create(kind="tests.note", worker="alive", attempts=1, leased_until=now + timedelta(minutes=1))
    worker = Worker(2)
    worker.start()
    try:
        assert done.wait(20)
        done.clear()
        enqueue("tests.note")
        assert done.wait(20)
    finally:
        worker.stop(lambda tag: None)
    assert numbers == [2, 1]
    assert [each.worker for each in Job.objects.all()] == ["alive"]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_kills_each_process_is_given_up() -> None:
    """It would kill the next one, too; others are done."""
    done = threading.Event()

    @job("tests.kill", attempts=3)
    def kill(attempt: Attempt) -> None:
        raise AssertionError("must not be called")

    @job("tests.live")
    def live(attempt: Attempt) -> None:
        done.set()

    died = timezone.now() - timedelta(seconds=1)
    Job.objects.create(kind="tests.kill", worker="dead", attempts=3, leased_until=died)
    Job.objects.create(kind="tests.live")
    worker = Worker(1)
    worker.start()
    try:
        assert done.wait(20)
    finally:
        worker.stop(lambda tag: None)
    left = Job.objects.get()
    assert left.failed_at is not None and left.last_error == "The process ended at each attempt."


@pytest.mark.django_db(transaction=True)
def test_jobs_of_one_kind_take_turns_and_others_run_beside_them() -> None:
    """`at_once` is one unless a kind says otherwise."""
    together = threading.Barrier(2, timeout=20)
    running: list[str] = []
    most = []
    finished = threading.Semaphore(0)

    @job("tests.alone")
    def alone(attempt: Attempt) -> None:
        running.append("alone")
        most.append(running.count("alone"))
        time.sleep(0.05)
        running.remove("alone")
        finished.release()

    @job("tests.beside", at_once=2)
    def beside(attempt: Attempt) -> None:
        together.wait()
        finished.release()

    for name in ("tests.alone", "tests.alone", "tests.beside", "tests.beside"):
        enqueue(name)
    worker = Worker(4)
    worker.start()
    try:
        assert all(finished.acquire(timeout=20) for _ in range(4))
    finally:
        worker.stop(lambda tag: None)
    assert most == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_what_fails_because_the_process_ends_is_no_failure() -> None:
    """The statements of a running attempt are ended by its tag, and the next worker begins anew."""
    begun, ended = threading.Event(), threading.Event()
    tags = []

    @job("tests.long")
    def long(attempt: Attempt) -> None:
        begun.set()
        assert ended.wait(20)
        raise ConnectionError("killed")

    def interrupt(tag: str) -> None:
        tags.append(tag)
        ended.set()

    enqueue("tests.long")
    worker = Worker(1)
    worker.start()
    assert begun.wait(20)
    worker.stop(interrupt)
    left = Job.objects.get()
    assert tags[0] == f"work:{left.pk}:1"
    assert (left.attempts, left.leased_until, left.last_error) == (0, None, "")
