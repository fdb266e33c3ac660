"""The same event in every form SDKs have sent it."""

import base64
import gzip
import json
from urllib.parse import quote, urlencode

import httpx
import pytest
from lzstring import LZString

from tests.capture.process import PROJECT_ID, TOKEN, CaptureProcess, properties

EVENT = {"event": "signed up", "distinct_id": "ada", "properties": {"token": TOKEN, "plan": "pro?>~é"}}
TEXT = json.dumps(EVENT)
BASE64 = base64.b64encode(TEXT.encode()).decode()
LZ64 = LZString().compressToBase64(TEXT)
FORM = {"content-type": "application/x-www-form-urlencoded"}
PLAIN = {"content-type": "text/plain"}


def check(capture: CaptureProcess, response: httpx.Response) -> None:
    """The event arrived as it was meant."""
    assert (response.status_code, response.json()) == (200, {"status": "Ok"}), response.text
    line = capture.stored_event()
    assert (line.t, line.e, line.d) == (PROJECT_ID, "signed up", "ada")
    assert properties(line)["plan"] == "pro?>~é"


@pytest.mark.parametrize("path", ["/e/", "/e", "/capture/", "/track/", "/engage/", "/batch/", "/i/v0/e", "/i/v0/e/"])
def test_every_path_takes_an_event(capture: CaptureProcess, path: str) -> None:
    check(capture, capture.http.post(path, content=TEXT))


@pytest.mark.parametrize(
    "document",
    [
        EVENT,
        [EVENT],
        {"api_key": TOKEN, "batch": [EVENT]},
        {"token": TOKEN, "batch": [EVENT]},
        {**EVENT, "api_key": TOKEN},
        {**EVENT, "$token": TOKEN},
    ],
    ids=["object", "array", "batch", "batch with token", "api_key", "$token"],
)
def test_shapes(capture: CaptureProcess, document: object) -> None:
    check(capture, capture.send(document))


def test_gzip_is_recognised_without_a_hint(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=gzip.compress(TEXT.encode()), headers=PLAIN))


@pytest.mark.parametrize("hint", ["gzip", "gzip-js", "GZIP"])
def test_gzip_with_a_hint(capture: CaptureProcess, hint: str) -> None:
    check(capture, capture.http.post(f"/e/?compression={hint}", content=gzip.compress(TEXT.encode())))


def test_gzip_by_header(capture: CaptureProcess) -> None:
    body = gzip.compress(TEXT.encode())
    check(capture, capture.http.post("/batch/", content=body, headers={"content-encoding": "gzip"}))


def test_gzip_in_base64(capture: CaptureProcess) -> None:
    body = base64.b64encode(gzip.compress(TEXT.encode() + b"  "))
    check(capture, capture.http.post("/e/?compression=gzip", content=body))


def test_gzip_of_two_members(capture: CaptureProcess) -> None:
    body = gzip.compress(TEXT[:20].encode()) + gzip.compress(TEXT[20:].encode())
    check(capture, capture.http.post("/e/", content=body))


def test_base64(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/?compression=base64", content=BASE64))


def test_base64_without_a_hint(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=BASE64))


def test_form_with_base64(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=f"data={quote(BASE64)}", headers=FORM))


def test_form_whose_plus_signs_became_spaces(capture: CaptureProcess) -> None:
    assert "+" in BASE64
    check(capture, capture.http.post("/e/", content=f"data={BASE64}", headers=FORM))


def test_form_with_a_charset_in_its_type(capture: CaptureProcess) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    check(capture, capture.http.post("/e/", content=f"data={quote(BASE64)}", headers=headers))


def test_form_with_json(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=urlencode({"data": TEXT}), headers=FORM))


def test_form_with_gzip_in_base64(capture: CaptureProcess) -> None:
    data = base64.b64encode(gzip.compress(TEXT.encode())).decode()
    check(capture, capture.http.post("/e/", content=urlencode({"data": data, "compression": "gzip"}), headers=FORM))


def test_lz64(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/?compression=lz64", content=LZ64))


def test_lz64_by_header(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=LZ64, headers={"content-encoding": "lz-string"}))


def test_lz64_in_a_form_named_in_the_query(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/?compression=lz64", content=urlencode({"data": LZ64}), headers=FORM))


def test_lz64_in_a_form(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=urlencode({"data": LZ64, "compression": "lz64"}), headers=FORM))


@pytest.mark.parametrize("data", [quote(TEXT), quote(BASE64), BASE64], ids=["JSON", "base64", "unescaped base64"])
def test_get_with_data(capture: CaptureProcess, data: str) -> None:
    check(capture, capture.http.get(f"/e/?data={data}"))


def test_byte_order_mark(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=b"\xef\xbb\xbf" + TEXT.encode()))


def test_unknown_compression_is_ignored(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/?compression=snappy", content=TEXT))


def test_json_over_several_lines_is_stored_on_one(capture: CaptureProcess) -> None:
    check(capture, capture.http.post("/e/", content=json.dumps(EVENT, indent=2)))


def test_beacon_is_answered_without_a_body(capture: CaptureProcess) -> None:
    response = capture.http.post("/e/?beacon=1", content=TEXT)
    assert (response.status_code, response.content) == (204, b"")
    assert capture.stored_event().e == "signed up"


def test_what_is_no_number_becomes_null(capture: CaptureProcess) -> None:
    body = '{"event":"x","distinct_id":"a","api_key":"TOKEN","properties":{"a":NaN,"b":-Infinity,"c":1e999}}'.replace(
        "TOKEN", TOKEN
    )
    assert capture.http.post("/e/", content=body).status_code == 200
    assert {key: properties(line)[key] for line in capture.stored() for key in "abc"} == {
        "a": None,
        "b": None,
        "c": None,
    }


def test_text_no_store_can_hold_is_replaced(capture: CaptureProcess) -> None:
    body = (
        r'{"event":"x\u0000y","distinct_id":"a\ud800","api_key":"TOKEN","properties":{"k\u0000":"v\udc00w"}}'.replace(
            "TOKEN", TOKEN
        )
    )
    assert capture.http.post("/e/", content=body).status_code == 200
    line = capture.stored_event()
    assert (line.e, line.d) == ("x\ufffdy", "a\ufffd")
    assert properties(line)["k\ufffd"] == "v\ufffdw"


def test_emoji_as_a_pair_of_escapes(capture: CaptureProcess) -> None:
    body = r'{"event":"\ud83d\ude00","distinct_id":"a","api_key":"TOKEN","properties":{"k":"\ud83d\ude00"}}'.replace(
        "TOKEN", TOKEN
    )
    assert capture.http.post("/e/", content=body).status_code == 200
    line = capture.stored_event()
    assert (line.e, properties(line)["k"]) == ("😀", "😀")
