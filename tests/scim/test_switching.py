"""Switching SCIM on and off, and its token, from the side of who calls with it."""

from typing import Any

from django.test import Client

from tests.accounts import Account
from tests.domains.claiming import verified


def test_the_token_in_force_is_the_last_one_told(ada: Account) -> None:
    domain = verified(ada.organization)
    api, path = ada.api("organization:write"), f"/api/organizations/@current/domains/{domain.pk}/"

    def changed(**body: Any) -> Any:
        return api.patch(path, body, content_type="application/json").json()

    def status(token: str) -> int:
        client = Client(headers={"Authorization": f"Bearer {token}"})
        return client.get(f"/scim/v2/{domain.pk}/ServiceProviderConfig").status_code

    on = changed(scim_enabled=True)
    first = on["scim_bearer_token"]
    assert on["scim_base_url"].endswith(f"/scim/v2/{domain.pk}")
    assert status(first) == 200
    assert changed(scim_enabled=True)["scim_bearer_token"] is None
    assert status(first) == 200
    second = api.post(f"{path}scim/token/").json()["scim_bearer_token"]
    assert [status(first), status(second)] == [403, 200]
    assert (changed(scim_enabled=False)["has_scim"], status(second)) == (False, 403)
    third = changed(scim_enabled=True)["scim_bearer_token"]
    assert [status(second), status(third)] == [403, 200]
    assert api.delete(path).status_code == 204
    assert status(third) == 403
