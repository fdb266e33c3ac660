"""What is not capture's own is answered by the app: here a small WSGI application on a Unix socket."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from waitress.server import create_server

from tests.capture.process import CaptureProcess

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Says what it was asked."""
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return _slowly(environ)
    if path == "/moved":
        start_response("302 Found", [("Location", "/elsewhere"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return []
    if path == "/broken":
        raise RuntimeError("broken")
    if path == "/_ready":
        start_response("503 Service Unavailable", [("Content-Type", "application/json")])
        return [b'{"ready":false,"problems":{"loader":"RuntimeError"}}']
    if path == "/metrics":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"app_metric 1\n"]
    body = environ["wsgi.input"].read()
    asked = {key: value for key, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Asked", path.encode().decode("latin-1"))])
    return [json.dumps({**asked, "body_length": len(body)}).encode()]


def _slowly(environ: dict[str, Any]) -> Iterator[bytes]:
    for number in range(5):
        yield b"%d\n" % number
        time.sleep(0.1)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """A capture process with an app behind it; a proxy at 127.0.0.1 is believed."""
    environment = {"HEDGEROW_TRUSTED_PROXIES": '["127.0.0.0/8"]'}
    with CaptureProcess(tmp_path_factory.mktemp("front"), environment) as process:
        server = create_server(application, unix_socket=str(process.app_socket), clear_untrusted_proxy_headers=False)
        threading.Thread(target=server.run, daemon=True).start()
        yield process


def test_without_the_app(capture: CaptureProcess) -> None:
    response = capture.http.get("/api/projects/")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json() == {
        "type": "server_error",
        "code": "service_unavailable",
        "detail": "transient error, please retry",
        "attr": None,
    }
    ready = capture.http.get("/_ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "problems": {"app": "does not answer"}})
    assert capture.http.get("/_readiness").json() == ready.json()
    for path in ("/_health", "/_liveness"):
        assert capture.http.get(path).json() == {"status": "ok"}


def test_a_request_is_passed_on_as_it_came(front: CaptureProcess) -> None:
    response = front.http.put(
        "/api/things%20and/more?a=%2F&b",
        content=b"x" * 5_000_000,
        headers={
            "authorization": "Bearer phx_1",
            "connection": "keep-alive",
            "te": "trailers",
            "host": "hedge.example",
        },
    )
    asked = response.json()
    assert asked["REQUEST_METHOD"] == "PUT"
    assert asked["PATH_INFO"] == "/api/things and/more"
    assert asked["QUERY_STRING"] == "a=%2F&b"
    assert asked["HTTP_HOST"] == "hedge.example"
    assert asked["HTTP_AUTHORIZATION"] == "Bearer phx_1"
    assert asked["body_length"] == 5_000_000
    assert "HTTP_TE" not in asked
    assert response.headers["x-asked"] == "/api/things and/more"


def test_a_body_without_its_size_is_passed_on(front: CaptureProcess) -> None:
    assert front.http.post("/api/x", content=iter([b"abc", b"def"])).json()["body_length"] == 6


def test_the_client_is_told_by_a_trusted_proxy(front: CaptureProcess) -> None:
    forwarded = {
        "x-forwarded-for": "203.0.113.9:4711, 10.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "hedge.example",
    }
    asked = front.http.get("/api/x", headers=forwarded).json()
    assert asked["HTTP_X_FORWARDED_FOR"] == "203.0.113.9"
    assert asked["HTTP_X_FORWARDED_PROTO"] == "https"
    assert asked["HTTP_X_FORWARDED_HOST"] == "hedge.example"
    asked = front.http.get("/api/x", headers={"x-forwarded-for": "[2001:db8::1]:80"}).json()
    assert asked["HTTP_X_FORWARDED_FOR"] == "2001:db8::1"


def test_the_ip_of_an_event_is_the_clients(front: CaptureProcess) -> None:
    front.new_lines()
    event = {"api_key": "phc_test_token", "event": "x", "distinct_id": "a"}
    front.send(event, headers={"x-forwarded-for": "203.0.113.9, 10.0.0.1"})
    front.send(event, headers={"x-forwarded-for": "<script>"})
    first, second = front.stored()
    assert bytes(first.p) == b'{"$ip":"203.0.113.9"}'
    assert bytes(second.p) == b"{}"


def test_anyone_else_may_not_tell_who_the_client_is(capture: CaptureProcess) -> None:
    capture.send(
        {"api_key": "phc_test_token", "event": "x", "distinct_id": "a"}, headers={"x-forwarded-for": "203.0.113.9"}
    )
    assert bytes(capture.stored_event().p) == b'{"$ip":"127.0.0.1"}'


def test_answers_come_as_they_are(front: CaptureProcess) -> None:
    response = front.http.get("/moved")
    assert (response.status_code, response.headers["location"]) == (302, "/elsewhere")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    head = front.http.head("/api/x")
    assert (head.status_code, head.content) == (200, b"")
    assert front.http.get("/broken").status_code == 500


def test_answers_are_streamed(front: CaptureProcess) -> None:
    started = time.monotonic()
    with front.http.stream("GET", "/stream") as response:
        arrived = [(chunk, time.monotonic() - started) for chunk in response.iter_raw()]
    assert b"".join(chunk for chunk, _ in arrived) == b"0\n1\n2\n3\n4\n"
    assert len(arrived) > 1


def test_a_client_that_goes_away_does_no_harm(front: CaptureProcess) -> None:
    for request in (
        b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
    ):
        with socket.create_connection(("127.0.0.1", front.port)) as client:
            client.sendall(request)
            if b"stream" in request:
                client.recv(10)
    assert front.http.get("/api/x").status_code == 200


def test_flag_definitions_are_the_apps(front: CaptureProcess) -> None:
    for path in ("/flags/definitions", "/flags/definitions/"):
        asked = front.http.get(path, params={"token": "phc_1", "send_cohorts": ""}).json()
        assert asked["PATH_INFO"] == "/api/feature_flag/local_evaluation"
        assert asked["QUERY_STRING"] == "token=phc_1&send_cohorts="


def test_metrics_and_readiness_include_the_app(front: CaptureProcess) -> None:
    ready = front.http.get("/_ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "problems": {"loader": "RuntimeError"}})
    text = front.http.get("/metrics").text
    assert "app_metric 1\n" in text
    assert 'hedgerow_capture_requests_total{endpoint="/_ready",status="503",worker="0"}' in text
