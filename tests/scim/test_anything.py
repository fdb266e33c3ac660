"""Whatever an identity provider sends, the answer is one of SCIM, and never that the server failed."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.scim.models import ScimRequest
from tests.accounts import make_account
from tests.scim.provider import Provider

pytestmark = pytest.mark.django_db
SOME = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(max_size=12) | st.sampled_from(["bo@acme.example", "ıda@acme.example", "True", "members", "0", "\0"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "primary", "givenName", "active", "members", ""]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
names = ["userName", "emails", "name", "active", "externalId", "displayName", "members", "schemas", "Operations", "ID"]
bodies = st.dictionaries(st.sampled_from(names), values, max_size=5) | values
paths = st.sampled_from(
    [*names, "name.givenName", 'emails[type eq "work"].value', 'members[value eq "1"]', "[", "a.b.c"]
)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", 7])},
    optional={"path": paths | values, "value": values | bodies},
)
patches = st.fixed_dictionaries({"Operations": st.lists(operations, max_size=3)})


def sent(provider: Provider, method: str, path: str, body: Any) -> None:
    seen = ScimRequest.objects.count()
    answer = getattr(provider, method)(path, body)
    assert answer.status_code < 500, answer.content
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert ScimRequest.objects.count() == seen + 1, "it is not in the log"


@given(body=bodies, patch=patches)
@SOME
def test_bodies(body: Any, patch: Any) -> None:
    provider = Provider(make_account().organization, f"d{ScimRequest.objects.count()}.example")
    user = provider.make(f"bo@{provider.domain}")
    group = provider.post("Groups", {"displayName": "Staff", "members": [{"value": user["id"]}]}).json()
    for path in ("Users", "Groups"):
        sent(provider, "post", path, body)
    for path in (f"Users/{user['id']}", f"Groups/{group['id']}"):
        sent(provider, "put", path, body)
        answer = provider.client.patch(f"{provider.base}/{path}", patch, content_type="application/json")
        assert answer.status_code < 500, answer.content


words = st.sampled_from(
    [
        *("userName", "members", "emails", "value", "active", "id", "externalId", "eq", "ne", "co", "gt", "pr"),
        *("and", "or", "not", "(", ")", "[", "]", ".", ":", "'", "7", "true", "null", '"bo"', '"\\u0000"', "urn:x:y"),
    ]
)


@given(words=st.lists(words, max_size=12), start=texts, attributes=texts)
@SOME
def test_queries(words: list[str], start: str, attributes: str) -> None:
    provider = Provider(make_account().organization)
    for path in ("Users", "Groups"):
        query = {"filter": " ".join(words), "startIndex": start, "attributes": attributes}
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        for one in (f"filter={quote(query['filter'])}", asked):
            assert provider.client.get(f"{provider.base}/{path}?{one}").status_code < 500, one
        provider.domain.organization.roles.all().delete()
    provider.domain.delete()
