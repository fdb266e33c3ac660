"""What all tests share: one embedded event store for the test process, and a real server in processes of its own."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest

# Decided before Django reads its settings: the embedded event store allows one directory in a process's life.
_DATA_DIR = Path(tempfile.mkdtemp(prefix="hedgerow-tests-"))
# Named here and not in pyproject.toml, from where Django would be set up before this file is read.
os.environ["HEDGEROW_DATA_DIR"] = str(_DATA_DIR)
os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
os.environ.setdefault("HEDGEROW_SITE_URL", "http://hedgerow.test")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.serving import Server


def pytest_configure() -> None:
    """Set Django up, now that the data directory has been named."""
    django.setup()
    from django.conf import settings

    # Every test client makes the middleware anew; with this it looks for static files when one is asked for.
    settings.WHITENOISE_AUTOREFRESH = True
    _let_tables_be_emptied_quickly()


def _let_tables_be_emptied_quickly() -> None:
    """After each test with transactions of its own Django would fill in rows that nothing here reads."""
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each process that runs a part of the tests choose a data directory of its own, as above."""
    del os.environ["HEDGEROW_DATA_DIR"], os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    """Remove the data of the test process."""
    shutil.rmtree(_DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def event_store() -> "Iterator[EventStore]":
    """The test process's event store with its tables, in a directory that ends with the process."""
    from hedgerow.eventstore.client import event_store as process_store

    store = process_store()
    store.apply_schema()
    yield store
    store.close()


@pytest.fixture
def project(db: None) -> "Project":
    """A project of its own; its id has never been used before, so stored events of other tests are not its."""
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project

    organization = Organization.objects.create(name="Acme")
    # Ids start anew with each rolled back test, but events stay: a random id keeps tests apart.
    return Project.objects.create(
        id=uuid.uuid4().int % 2_000_000_000 + 1_000, organization=organization, name="Shop", timezone="UTC"
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """A running `hedgerow serve` with a project, shared by the tests of the session; they must not stop it."""
    from tests.serving import Server

    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium, headless. Not for the whole session: while it lives no other event loop can run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: "Browser") -> "Iterator[Page]":
    """A page in a fresh profile."""
    with browser.new_context() as context:
        yield context.new_page()


_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
