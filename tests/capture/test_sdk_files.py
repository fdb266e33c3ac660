"""What browser SDKs load and poll: configuration, the SDK's own files, and lists that are empty for now."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hedgerow.capture.projects import PublishedProject
from tests.capture.process import TOKEN, CaptureProcess


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """A process with a copy of an SDK, and a file beside it that nobody may see."""
    directory = tmp_path_factory.mktemp("sdk")
    (directory / "dist").mkdir()
    (directory / "dist" / "array.js").write_text("/* the SDK */")
    (directory / "dist" / "web-vitals.js").write_text("/* web vitals */" * 100)
    (directory / "secret.js").write_text("secret")
    environment = {"HEDGEROW_SDK_DIST_DIR": str(directory / "dist")}
    with CaptureProcess(tmp_path_factory.mktemp("files"), environment) as process:
        yield process


def test_configuration(files: CaptureProcess) -> None:
    response = files.http.get(f"/array/{TOKEN}/config")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "token": TOKEN,
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": False,
        "captureDeadClicks": False,
        "capturePerformance": False,
        "autocapture_opt_out": False,
        "autocaptureExceptions": False,
        "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": True,
        "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
        "logs": {"captureConsoleLogs": False},
        "sessionRecording": False,
        "heatmaps": False,
        "conversations": False,
        "surveys": False,
        "productTours": False,
        "defaultIdentifiedOnly": True,
        "siteApps": [],
    }


def test_configuration_follows_the_projects_settings(files: CaptureProcess) -> None:
    files.publish(
        PublishedProject(id=7, token=TOKEN),
        PublishedProject(
            id=8,
            token="phc_all",
            autocapture_opt_out=True,
            autocapture_exceptions_opt_in=True,
            autocapture_web_vitals_opt_in=True,
            autocapture_web_vitals_allowed_metrics=["LCP"],
            capture_dead_clicks=True,
        ),
    )
    config = files.http.get("/array/phc_all/config").json()
    assert config["autocapture_opt_out"] is config["captureDeadClicks"] is config["autocaptureExceptions"] is True
    assert config["capturePerformance"] == {
        "network_timing": False,
        "web_vitals": True,
        "web_vitals_allowed_metrics": ["LCP"],
    }


def test_configuration_as_a_script(files: CaptureProcess) -> None:
    response = files.http.get(f"/array/{TOKEN}/config.js", headers={"origin": "https://shop.example"})
    assert response.headers["content-type"] == "application/javascript; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    start = f'window._POSTHOG_REMOTE_CONFIG["{TOKEN}"]='
    script = response.text[response.text.index(start) + len(start) : response.text.rindex(";})")]
    config = files.http.get(f"/array/{TOKEN}/config").json()
    assert json.loads(script) == {"config": config, "siteApps": []}


def test_the_sdk_behind_its_configuration(files: CaptureProcess) -> None:
    script = files.http.get(f"/array/{TOKEN}/config.js").text
    assert files.http.get(f"/array/{TOKEN}/array.js").text == script + "/* the SDK */"


def test_an_unknown_token_has_no_configuration(files: CaptureProcess) -> None:
    for name in ("config", "config.js", "array.js"):
        assert files.http.get(f"/array/phc_unknown/{name}").status_code == 404


def test_a_version_that_is_known_is_not_sent_again(files: CaptureProcess) -> None:
    for path in (f"/array/{TOKEN}/config", "/static/array.js"):
        first = files.http.get(path)
        again = files.http.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/static/array.js", "/static/array.js?v=1.449.2", "/static/1.449.2/array.js"])
def test_files_of_the_sdk(files: CaptureProcess, path: str) -> None:
    response = files.http.get(path, headers={"origin": "https://shop.example"})
    assert response.text == "/* the SDK */"
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


def test_files_are_compressed_where_asked_for(files: CaptureProcess) -> None:
    response = files.http.get("/static/web-vitals.js", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.text == "/* web vitals */" * 100


@pytest.mark.parametrize(
    "path",
    ["/static/../secret.js", "/static/%2e%2e/secret.js", "/static/1.2/../../secret.js", "/static/..%2fsecret.js"],
)
def test_no_path_leads_out_of_the_directory(files: CaptureProcess, path: str) -> None:
    assert "secret" not in files.http.get(path).text


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/surveys/", {"surveys": [], "survey_config": None}),
        ("/api/early_access_features/", {"earlyAccessFeatures": []}),
        ("/api/web_experiments/", {"experiments": []}),
        ("/api/product_tours", {"product_tours": []}),
    ],
)
def test_lists_that_are_empty(capture: CaptureProcess, path: str, answer: dict[str, Any]) -> None:
    assert capture.http.get(path, params={"token": TOKEN, "_": 1}).json() == answer
    missing = capture.http.get(path)
    assert (missing.status_code, missing.json()["code"]) == (401, "not_authenticated")
    unknown = capture.http.get(path, params={"token": "phc_unknown"})
    assert (unknown.status_code, unknown.json()["type"]) == (401, "authentication_error")
    assert unknown.json()["code"] == "invalid_api_key"
