"""Links to files that work without an account."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.exports.links import public_link, signed_token
from hedgerow.exports.models import ExportedAsset
from hedgerow.saved_insights.models import Insight
from tests.exports.exporting import CSV, PNG, XLSX, Exports, hogql, read

ONE = hogql("select 1 as a")
TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "signed up"}]}


def path_of(asset: ExportedAsset, **asked: Any) -> str:
    parts = urlsplit(public_link(asset, **asked))
    assert f"{parts.scheme}://{parts.netloc}" == "http://hedgerow.test"
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def asset(exports: Exports) -> ExportedAsset:
    """A workbook."""
    return ExportedAsset.objects.get(pk=exports.make(XLSX, ONE)["id"])


def test_a_link_gives_the_file(exports: Exports, asset: ExportedAsset, client: Client) -> None:
    """To whoever has it, in whole or in part."""
    path = path_of(asset)
    answer: Any = client.get(path)
    file = read(answer)
    assert file.startswith(b"PK")
    assert (answer["Content-Type"], answer["Content-Length"]) == (XLSX, str(len(file)))
    part: Any = client.get(path, headers={"Range": "bytes=0-1"})
    assert (part.status_code, part["Content-Range"], read(part)) == (206, f"bytes 0-1/{len(file)}", b"PK")
    assert "attachment" in client.get(f"{path}&download=true")["Content-Disposition"]
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_a_link_that_is_none_of_ours(exports: Exports, asset: ExportedAsset, client: Client) -> None:
    """There is nothing, whatever is wrong with it."""
    path, token = path_of(asset), signed_token(asset)
    body = token.split(".")[1]
    forged = jwt.encode(
        {"id": asset.pk, "aud": "posthog:exported_asset", "exp": timezone.now() + timedelta(1)}, "x" * 32
    )
    name = path.partition("?")[0]
    for wrong in (
        *(path[:-1] + last for last in "ABCDEFGH" if path[-1] != last),
        path[:-9] + ("A" if path[-9] != "A" else "B") + path[-8:],
        f"{name}?token={forged}",
        f"{name}?token={body}",
        f"{name}?token=",
        name,
        path.replace(".xlsx", ".csv"),
        path_of(asset, valid_for=timedelta(seconds=-1)),
    ):
        answer = client.get(wrong)
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (404, "text/html"), wrong
    ExportedAsset.objects.filter(pk=asset.pk).update(expires_after=timezone.now())
    assert client.get(path).status_code == 404


def test_a_link_ends_with_what_it_shows(exports: Exports, client: Client) -> None:
    """A deleted insight is not shown any more."""
    insight = Insight.objects.create(project=exports.api.project, query=ONE["source"])
    asset = ExportedAsset.objects.get(pk=exports.make(CSV, insight=insight.pk)["id"])
    assert client.get(path_of(asset)).status_code == 200
    Insight.objects.update(deleted=True)
    assert client.get(path_of(asset)).status_code == 404


def test_the_page_of_an_export(exports: Exports, client: Client) -> None:
    """Shows the picture, and tells programs what it is of."""
    insight = Insight.objects.create(project=exports.api.project, query=TRENDS, name="Sign-ups </script>")
    asset = ExportedAsset.objects.get(pk=exports.make(PNG, insight=insight.pk)["id"])
    answer = client.get(f"/exporter?token={signed_token(asset)}&legend=true")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Sign-ups &lt;/script&gt;" in page and "Sign-ups </script>" not in page
    assert '<script id="exported_data" type="application/json">' in page
    assert '"type": "image"' in page and '"legend": true' in page and '"result": [' in page
    assert "@example.com" not in page
    assert client.get("/exporter?token=nonsense").status_code == 404
    assert client.get("/exporter").status_code == 404


def exported_data(client: Client, asset: ExportedAsset, **query: str) -> Any:
    """What the page of an export tells programs."""
    page = client.get("/exporter", {"token": signed_token(asset), **query}).content.decode()
    found = re.search(r'<script id="exported_data" type="application/json">(.*?)</script>', page, re.S)
    assert found, page
    return json.loads(found[1])


def test_the_page_shows_the_answers_that_its_address_names(exports: Exports, client: Client) -> None:
    """Also old ones, as long as they are kept; where the key is of another answer, the newest."""
    insight = Insight.objects.create(project=exports.api.project, query=TRENDS)
    asset = ExportedAsset.objects.get(pk=exports.make(PNG, insight=insight.pk)["id"])
    first = exported_data(client, asset)["insight"]
    assert first["result"] is not None
    key = json.dumps({str(insight.pk): first["filters_hash"]})
    kept = exported_data(client, asset, cache_keys=key)["insight"]
    assert (kept["result"], kept["last_refresh"]) == (first["result"], first["last_refresh"])
    for other in (json.dumps({str(insight.pk): "other"}), "[1]", "{", '{"1":2}'):
        assert exported_data(client, asset, cache_keys=other)["insight"]["result"] == first["result"]


def test_the_page_of_a_recording_knows_the_second(exports: Exports, client: Client) -> None:
    """What is no time is the beginning."""
    context = {"session_recording_id": "0199-a"}
    asset = ExportedAsset.objects.get(pk=exports.ask(PNG, context).json()["id"])
    told = [exported_data(client, asset, t=second)["t"] for second in ("12.5", "-3", "x", "nan", "")]
    assert told == [12.5, 0, 0, 0, 0]
