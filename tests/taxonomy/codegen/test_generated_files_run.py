"""The generated files compiled by their languages' own tools, and events sent with them to a running server.

All names are hostile, and every event is sent with all properties of its schema.
"""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from hedgerow.taxonomy.codegen import golang, python, typescript
from hedgerow.taxonomy.codegen.described import DescribedEvent, DescribedProperty
from hedgerow.taxonomy.codegen.naming import quoted
from hedgerow.taxonomy.codegen.python import property_identifiers
from tests.sdk.test_browser import QuietFiles
from tests.serving import Server
from tests.taxonomy.codegen.defined import DefinedProject

HERE = Path(__file__).parent
NODE_MODULES = HERE.parent.parent / "sdk" / "node_modules"
MYPY = (sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--no-error-summary")
TSC = (
    *("node", NODE_MODULES / "typescript" / "bin" / "tsc", "--strict", "--exactOptionalPropertyTypes"),
    *("--noUncheckedIndexedAccess", "--verbatimModuleSyntax", "--target", "es2022", "--module", "esnext"),
    # The declarations of the SDK have a fault of their own.
    *("--moduleResolution", "bundler", "--lib", "es2022,dom", "--types", "", "--skipLibCheck"),
)
AT = "2026-03-29T01:30:15"
VALUES: dict[str, Any] = {
    "String": "a",
    "Numeric": 4.5,
    "Boolean": True,
    "DateTime": f"{AT}Z",
    "Array": [1, "two"],
    "Object": {"key": "value"},
}
"""By type of a property: a value of it, as it is in JSON."""


@pytest.fixture(scope="module")
def defined(server: Server) -> DefinedProject:
    """The events, defined on a running server."""
    return DefinedProject.make(server)


def test_python_sends_with_the_sdk_what_mypy_has_checked(defined: DefinedProject, tmp_path: Path) -> None:
    (tmp_path / "events.py").write_text(defined.generated("python"))
    literals = {name: repr(value) for name, value in VALUES.items()} | {"DateTime": f"datetime.fromisoformat('{AT}Z')"}
    someone = f"python-{uuid.uuid4()}"
    program = [
        "import sys",
        "from datetime import datetime",
        "from events import TypedPosthog",
        "client = TypedPosthog(sys.argv[1], host=sys.argv[2])",
    ]
    for event in defined.events:
        identifiers = property_identifiers([each.name for each in event.properties])
        given = ", ".join(f"{quoted(identifiers[each.name])}: {literals[each.type]}" for each in event.properties)
        program.append(f"client.capture({quoted(event.name)}, distinct_id={someone!r}, properties={{{given}}})")
    (tmp_path / "sends.py").write_text("\n".join([*program, "client.shutdown()", ""]))

    few = few_events("py", python.source, tmp_path)

    run(tmp_path, *MYPY, "events.py", "sends.py", *few)
    run(tmp_path, sys.executable, "sends.py", defined.token, defined.server.url)

    assert_received(defined, someone)


def test_mypy_refuses_what_does_not_fit_the_schema(defined: DefinedProject, tmp_path: Path) -> None:
    (tmp_path / "events.py").write_text(defined.generated("python"))
    program = [
        "from events import TypedPosthog",
        'client = TypedPosthog("key")',
        'client.capture("all of them", distinct_id="ada")',
        'client.capture("all of them", distinct_id="ada", properties={"def_": "x"})',
        'client.capture("not defined", distinct_id="ada")',
        'client.capture(input(), distinct_id="ada")',
        'client.capture_raw(input(), distinct_id="ada", properties={"any": 1})',
        'client.capture(" ")',
    ]
    (tmp_path / "faults.py").write_text("\n".join(program))

    printed = run(tmp_path, *MYPY, "faults.py", fails=True)

    assert lines_at_fault(printed, r"^faults\.py:(\d+): error") == [3, 4, 5, 6]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A web site of the test's files, with the SDK as npm installs it."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    files = functools.partial(QuietFiles, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), files) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def test_typescript_sends_with_the_browser_sdk_what_tsc_has_checked(
    defined: DefinedProject, tmp_path: Path, site: str, browser_page: Page
) -> None:
    (tmp_path / "events.ts").write_text(defined.generated("typescript"))
    literals = {name: json.dumps(value) for name, value in VALUES.items()} | {"DateTime": f'new Date("{AT}Z")'}
    program = [
        'import posthog from "./events";',
        "const asked = new URLSearchParams(location.search);",
        'posthog.init(asked.get("key")!, {',
        '  api_host: asked.get("host")!,',
        "  autocapture: false, capture_pageview: false, capture_pageleave: false, disable_session_recording: true,",
        "  disable_external_dependency_loading: true, opt_out_useragent_filter: true,",
        "});",
    ]
    for event in defined.events:
        # In brackets, for `__proto__` names a property only there.
        given = ", ".join(f"[{quoted(each.name)}]: {literals[each.type]}" for each in event.properties)
        program.append(f"posthog.capture({quoted(event.name)}, {{{given}}});")
    program.append("document.body.dataset.sender = posthog.get_distinct_id();")
    (tmp_path / "sends.ts").write_text("\n".join(program))
    (tmp_path / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><body><script type="importmap">'
        '{"imports": {"./events": "./events.js", "posthog-js": "./node_modules/posthog-js/dist/module.mjs"}}</script>'
        '<script type="module" src="sends.js"></script>'
    )

    few = few_events("ts", typescript.source, tmp_path)

    run(tmp_path, *TSC, "sends.ts", *few)
    problems: list[str] = []
    browser_page.on("pageerror", lambda error: problems.append(str(error)))
    browser_page.goto(f"{site}/index.html?key={defined.token}&host={quote(defined.server.url)}")
    browser_page.wait_for_selector("body[data-sender]", state="attached", timeout=20_000)

    assert problems == []
    sender = browser_page.evaluate("document.body.dataset.sender")
    assert_received(defined, sender, lost=["__proto__"])  # posthog-js copies properties in a way that loses it


def test_tsc_refuses_what_does_not_fit_the_schema(defined: DefinedProject, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "events.ts").write_text(defined.generated("typescript"))
    program = [
        'import posthog from "./events";',
        'posthog.capture("all of them");',
        'posthog.capture("all of them", { def: "x" });',
        "posthog.capture(location.href);",
        "posthog.captureRaw(location.href, { any: 1 });",
        'posthog.capture("not defined", { any: 1 });',
        'posthog.capture(" ");',
        'posthog.identify("ada");',
    ]
    (tmp_path / "faults.ts").write_text("\n".join(program))

    printed = run(tmp_path, *TSC, "--noEmit", "faults.ts", fails=True)

    assert lines_at_fault(printed, r"^faults\.ts\((\d+),\d+\): error") == [2, 3, 4]


def test_go_sends_what_its_compiler_has_checked(defined: DefinedProject, tmp_path: Path) -> None:
    content = defined.generated("golang")
    literals = {
        "string": '"a"',
        "float64": "4.5",
        "bool": "true",
        "time.Time": "at",
        "[]interface{}": '[]interface{}{1, "two"}',
        "map[string]interface{}": 'map[string]interface{}{"key": "value"}',
    }
    constructors = re.findall(r"^func (\w+)\((distinctID string.*)\) posthog\.Capture \{$", content, re.MULTILINE)
    options = re.findall(r"^func (\w+)\(value (\S+)\) (\w+) \{$", content, re.MULTILINE)
    calls = []
    for constructor, parameters in constructors:
        types = [parameter.split(" ", 1)[1] for parameter in parameters.split(", ")[1:]]
        arguments = ["sender", *(literals[name] for name in types if name in literals)]
        arguments += ["nil"] * types.count("posthog.Properties")
        arguments += [f"events.{name}({literals[of]})" for name, of, option in options if f"...{option}" in types]
        calls.append(f"\t\tevents.{constructor}({', '.join(arguments)}),")
    package = tmp_path / "events"
    package.mkdir()
    (package / "events.go").write_text(content)
    (tmp_path / "go.mod").write_text(
        "module shop\n\ngo 1.19\n\nrequire github.com/posthog/posthog-go v1.0.0\n\n"
        f"replace github.com/posthog/posthog-go => {HERE / 'posthog_go'}\n"
    )
    (tmp_path / "main.go").write_text(MAIN.replace("CALLS", "\n".join(calls)))
    someone = f"go-{uuid.uuid4()}"

    assert run(tmp_path, "gofmt", "-l", "events") == ""
    go = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(tmp_path / "cache")}  # all it needs is here
    run(tmp_path, "go", "build", "-o", "sends", ".", **go)
    few_events("go", golang.source, tmp_path)
    run(tmp_path, "go", "build", "./none", "./typed", "./free", **go)
    run(tmp_path, "./sends", defined.server.url, defined.token, someone)

    assert_received(defined, someone)


MAIN = """
package main

import (
	"os"
	"time"

	"github.com/posthog/posthog-go"
	"shop/events"
)

func main() {
	at := time.Date(2026, 3, 29, 1, 30, 15, 0, time.UTC)
	sender := os.Args[3]
	client, err := posthog.NewWithConfig(os.Args[2], posthog.Config{Endpoint: os.Args[1]})
	if err != nil {
		panic(err)
	}
	for _, event := range []posthog.Capture{
CALLS
	} {
		if err := client.Enqueue(event); err != nil {
			panic(err)
		}
	}
	_ = at
	if err := client.Close(); err != nil {
		panic(err)
	}
}
"""


def few_events(ending: str, source: Callable[[list[DescribedEvent]], str], directory: Path) -> list[str]:
    """Files of no event, of one with a schema and of one without, each in a directory below this one."""
    order = DescribedEvent("order placed", (DescribedProperty("total", "Numeric", True),))
    for name, events in {"none": [], "typed": [order], "free": [DescribedEvent("opened")]}.items():
        (directory / name).mkdir()
        (directory / name / f"{name}.{ending}").write_text(source(events))
    return [f"./{name}/{name}.{ending}" for name in ("none", "typed", "free")]


def assert_received(defined: DefinedProject, someone: str, lost: Collection[str] = ()) -> None:
    """Every event has arrived under its exact name, with the properties of its schema under theirs."""
    received = defined.received(someone)
    assert sorted(received) == sorted(event.name for event in defined.events)
    for event in defined.events:
        sent = {each.name: VALUES[each.type] for each in event.properties if each.name not in lost}
        arrived = {name: value for name, value in received[event.name].items() if name in sent}
        # The SDKs write UTC and fractions of seconds in ways of their own.
        assert {name: VALUES["DateTime"] if is_at(value) else value for name, value in arrived.items()} == sent


def is_at(value: object) -> bool:
    """Whether it is the time that was sent."""
    return isinstance(value, str) and value.startswith(AT)


def run(directory: Path, *command: str | Path, fails: bool = False, **environment: str) -> str:
    """What a tool prints that is run in the directory and ends well, or not well if that is expected."""
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    printed = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, printed[-8000:]
    return printed


def lines_at_fault(printed: str, pattern: str) -> list[int]:
    """The numbers of lines in which a compiler found something."""
    return sorted({int(number) for number in re.findall(pattern, printed, re.MULTILINE)})
