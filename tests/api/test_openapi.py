"""The OpenAPI document is there, complete, and true: the server is fuzzed against it."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hedgerow.wsgi import application
from tests.accounts import Account, make_account

pytestmark = pytest.mark.django_db
OWN = r"^/api/(users|personal_api_keys|organizations|signup|login|reset|cli-auth|projects(/\{id\})?)(/|$)"
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def document() -> dict[str, Any]:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    return answer.json()


def test_the_document_is_valid_and_nothing_had_to_be_guessed() -> None:
    output = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=output)
    assert '"openapi": "3.1.0"' in output.getvalue()


def test_it_is_served_as_json_and_yaml() -> None:
    assert Client().get("/api/schema/").content.startswith(b"openapi: 3.1.0")
    by_header = Client().get("/api/schema/", headers={"Accept": "application/json"})
    assert by_header.json()["openapi"] == "3.1.0"


def test_it_can_be_read_and_tried_in_a_browser_without_other_servers() -> None:
    for page in ("swagger-ui", "redoc"):
        answer = Client().get(f"/api/schema/{page}/", headers={"Accept": "text/html,*/*"})
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "/static/drf_spectacular_sidecar/" in text
        assert "https://" not in text
    script = Client().get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
    assert script.status_code == 200


def test_each_operation_open_to_keys_names_its_scopes(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert {"PersonalAPIKeyAuth": ["project:write"]} in paths["/api/projects/{id}/"]["patch"]["security"]
    assert {"PersonalAPIKeyAuth": ["user:read"]} in paths["/api/users/{uuid}/"]["get"]["security"]
    moving = paths["/api/projects/{id}/change_organization/"]["post"]["security"]
    assert not any("PersonalAPIKeyAuth" in way for way in moving)


def test_every_operation_is_open_to_keys_but_those_of_people(document: dict[str, Any]) -> None:
    closed = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if not any("PersonalAPIKeyAuth" in way for way in operation.get("security", []))
    }
    people = re.compile(
        r"^/api/(login|signup|social_signup|unsubscribe|reset|cli-auth)/|/change_organization/$"
        r"|_email(_verification)?/$|/two_factor_"
    )
    assert not [path for path in closed if not people.search(path)]


def test_every_project_resource_is_mounted_twice(document: dict[str, Any]) -> None:
    projects = {path for path in document["paths"] if path.startswith("/api/projects/")}
    environments = {path for path in document["paths"] if path.startswith("/api/environments/")}
    assert {path.replace("/projects/", "/environments/", 1) for path in projects} == environments


def own_operations() -> list[APIOperation]:
    """The operations on organizations, people, keys and projects themselves (environments are the same views)."""
    document = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    return [found.ok() for found in document.include(path_regex=OWN).get_all_operations()]


@pytest.fixture
def connection_kept() -> Iterator[None]:
    """The server would close the test's connection with its transaction after a request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("connection_kept")
@pytest.mark.parametrize("operation", own_operations(), ids=lambda operation: operation.label)
def test_answers_are_as_described_whatever_is_sent(operation: APIOperation) -> None:
    account = make_account()
    path_parameters = real_path_parameters(operation, account)
    by_session = operation.path.startswith("/api/personal_api_keys/")  # not open to keys
    proof = session_proof(account) if by_session else {"headers": {"Authorization": f"Bearer {account.key()}"}}

    @given(case=operation.as_strategy())
    @settings(
        max_examples=5,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **path_parameters}
        answer = case.call(**proof)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    send()


def real_path_parameters(operation: APIOperation, account: Account) -> dict[str, str]:
    """Things that exist, so that most requests get further than a 404."""
    known = {"organization_id": "@current", "uuid": "@me", "user__uuid": "@me"}
    names = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    parameters = {name: known[name] for name in names if name in known}
    if re.search(r"/(projects|environments)/\{id\}/", operation.path):
        parameters["id"] = str(account.project.id)
    elif operation.path.startswith("/api/organizations/{id}/"):
        parameters["id"] = str(account.organization.id)
    return parameters


def session_proof(account: Account) -> dict[str, dict[str, str]]:
    session, token = account.session().cookies["sessionid"].value, "a" * 32
    return {"cookies": {"sessionid": session, "posthog_csrftoken": token}, "headers": {"X-CSRFToken": token}}
