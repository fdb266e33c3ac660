"""Every error has the four keys, with the exact words that clients look for."""

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from hedgerow.api.errors import Conflict, ValidationError
from hedgerow.eventstore.errors import EventStoreUnavailable
from tests.accounts import error, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_missing_credentials_are_401_with_a_challenge() -> None:
    answer = Client().get("/api/users/@me/")
    assert answer.status_code == 401
    assert answer.json() == error(
        "not_authenticated", "Authentication credentials were not provided.", type="authentication_error"
    )
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("place", "request_arguments"),
    [
        ("Authorization header", {"headers": {"Authorization": "Bearer phx_wrong"}}),
        ("body", {"data": {"personal_api_key": "phx_wrong"}, "content_type": JSON}),
        ("query string", {"query_params": {"personal_api_key": "phx_wrong"}}),
    ],
)
def test_a_wrong_key_is_401_and_says_where_it_was_found(place: str, request_arguments: dict) -> None:
    answer = Client().patch("/api/users/@me/", **request_arguments)
    assert answer.status_code == 401
    assert answer.json() == error(
        "authentication_failed",
        f"Personal API key found in request {place} is invalid.",
        type="authentication_error",
    )


def test_a_token_of_oauth_is_401_in_its_own_words() -> None:
    answer = Client().get("/api/users/@me/", headers={"Authorization": "Bearer pha_unknown"})
    assert answer.status_code == 401
    assert answer.json() == error("authentication_failed", "Invalid access token.", type="authentication_error")


def test_a_wrong_key_is_final_even_with_a_session() -> None:
    session = make_account().session()
    assert session.get("/api/users/@me/", headers={"Authorization": "Bearer phc_something"}).status_code == 401


def test_an_unknown_path_under_api_is_json() -> None:
    answer = Client().get("/api/no/such/thing/")
    assert answer.status_code == 404
    assert answer.json() == error("not_found", "Endpoint not found.", type="invalid_request")


def test_a_wrong_method_names_the_right_ones() -> None:
    answer = Client().put("/api/login", {}, content_type=JSON)
    assert answer.status_code == 405
    assert answer.json() == error("method_not_allowed", 'Method "PUT" not allowed.', type="invalid_request")
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("body", ["{", '{"a": NaN}', '"\\ud800"', "[" * 100_000, "nope"])
def test_a_body_that_is_not_json_is_a_parse_error(body: str) -> None:
    answer = make_account().api().patch("/api/users/@me/", body, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request"
    assert answer.json()["code"] == "parse_error"
    assert answer.json()["detail"].startswith("JSON parse error - ")
    assert "line 1 column" in answer.json()["detail"]


def test_a_body_of_another_type_is_415() -> None:
    answer = make_account().api().patch("/api/users/@me/", "<a/>", content_type="text/xml")
    assert answer.status_code == 415
    assert answer.json() == error(
        "unsupported_media_type", 'Unsupported media type "text/xml" in request.', type="invalid_request"
    )


def test_a_body_of_no_type_is_415_and_no_body_needs_none() -> None:
    api = make_account().api()
    answer = api.generic("PATCH", "/api/users/@me/", '{"first_name": "Eve"}', content_type="")
    assert answer.status_code == 415
    assert answer.json()["detail"] == 'Unsupported media type "" in request.'
    assert api.generic("PATCH", "/api/users/@me/", "", content_type="").status_code == 200


def test_an_accept_header_that_cannot_be_met_is_406() -> None:
    answer = make_account().api().get("/api/users/@me/", headers={"Accept": "text/xml"})
    assert answer.status_code == 406
    assert answer.json() == error(
        "not_acceptable", "Could not satisfy the request Accept header.", type="invalid_request"
    )


def test_a_body_that_is_no_object_says_what_it_is() -> None:
    answer = make_account().api().post("/api/projects/", [1], content_type=JSON)
    assert answer.status_code == 400
    assert answer.json() == error("invalid_input", "Invalid data. Expected a dictionary, but got list.")


@pytest.mark.parametrize(
    ("change", "code", "detail", "attr"),
    [
        ({"name": None}, "null", "This field may not be null.", "name"),
        ({"name": ""}, "blank", "This field may not be blank.", "name"),
        ({"name": "x" * 201}, "max_length", "Ensure this field has no more than 200 characters.", "name"),
        ({"name": []}, "invalid_input", "Not a valid string.", "name"),
        ({"anonymize_ips": "perhaps"}, "invalid_input", "Must be a valid boolean.", "anonymize_ips"),
        ({"timezone": "Mars/Olympus"}, "invalid_choice", '"Mars/Olympus" is not a valid choice.', "timezone"),
        ({"app_urls": "x"}, "not_a_list", 'Expected a list of items but got type "str".', "app_urls"),
        ({"live_events_columns": ["a", {}]}, "invalid_input", "Not a valid string.", "live_events_columns__1"),
        ({"primary_dashboard": 9}, "does_not_exist", 'Invalid pk "9" - object does not exist.', "primary_dashboard"),
        (
            {"session_recording_minimum_duration_milliseconds": "x"},
            "invalid_input",
            "A valid integer is required.",
            "session_recording_minimum_duration_milliseconds",
        ),
        ({"modifiers": {"a": ["\0"]}}, "null_characters", "Null characters are not allowed.", "modifiers"),
    ],
)
def test_the_first_wrong_field_is_named(change: dict, code: str, detail: str, attr: str) -> None:
    account = make_account()
    answer = account.api().patch(f"/api/projects/{account.project.id}/", change, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json() == error(code, detail, attr)


def test_a_body_over_20_mib_is_413() -> None:
    answer = make_account().api().post("/api/projects/", b" " * (20 * 1024 * 1024 + 1), content_type=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"


@pytest.mark.parametrize("path", ["/api/projects/?search=%00", "/api/personal_api_keys/%00/"])
def test_null_characters_in_an_address_are_refused(path: str) -> None:
    answer = make_account().session().get(path)
    assert answer.status_code == 400
    assert answer.json()["code"] == "null_characters_not_allowed"


class Broken(APIView):
    """A view with the fault it is given."""

    authentication_classes = []
    permission_classes = []
    fault: Exception = RuntimeError("secret inside")

    def get(self, request: object) -> None:
        raise self.fault


def test_an_unexpected_failure_is_a_bare_500() -> None:
    answer = Broken.as_view()(APIRequestFactory().get("/"))
    assert answer.status_code == 500
    assert answer.data == error("error", "A server error occurred.", type="server_error")


@pytest.mark.parametrize(
    "fault", [OperationalError("database is locked: /secret/path"), EventStoreUnavailable("no space left")]
)
def test_a_store_that_cannot_answer_now_is_a_503_to_try_again(fault: Exception) -> None:
    answer = Broken.as_view(fault=fault)(APIRequestFactory().get("/"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
    assert answer.data == error(
        "unavailable", "The server cannot answer at the moment. Try again.", type="server_error"
    )


def test_a_row_that_another_request_made_first_is_a_409() -> None:
    answer = Broken.as_view(fault=IntegrityError("UNIQUE constraint failed"))(APIRequestFactory().get("/"))
    assert (answer.status_code, answer.data["code"]) == (409, "conflict")
    assert "UNIQUE" not in answer.data["detail"]


def test_an_object_that_is_not_there_is_simply_not_found() -> None:
    answer = make_account().session().get("/api/personal_api_keys/nonsense/")
    assert answer.status_code == 404
    assert answer.json() == error("not_found", "Not found.", type="invalid_request")


def test_errors_carry_the_code_field_and_extra_they_were_raised_with() -> None:
    view = Broken.as_view(fault=ValidationError("Too big.", code="too_big", attr="size", extra={"most": 3}))
    answer = view(APIRequestFactory().get("/"))
    assert answer.data == {**error("too_big", "Too big.", "size"), "extra": {"most": 3}}


def test_a_conflict_is_409() -> None:
    answer = Broken.as_view(fault=Conflict("Already there."))(APIRequestFactory().get("/"))
    assert answer.status_code == 409
    assert answer.data == error("conflict", "Already there.", type="server_error")
