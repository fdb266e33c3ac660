"""An identity provider for tests: it calls SCIM with the token of a domain."""

from typing import Any

from django.test import Client

from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Organization
from tests.domains.claiming import verified

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Provider:
    """Calls the SCIM of a domain that the organization has verified."""

    def __init__(self, organization: Organization, domain: str = "acme.example", agent: str = "Okta SCIM Client 1.0"):
        self.domain: Domain = verified(organization, domain, scim_enabled=True)
        self.token = self.domain.give_scim_token()
        self.domain.save()
        self.base = f"/scim/v2/{self.domain.pk}"
        self.client = Client(headers={"Authorization": f"Bearer {self.token}", "User-Agent": agent})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{self.base}/{path}", query)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(f"{self.base}/{path}", body, content_type="application/scim+json")

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(f"{self.base}/{path}", body, content_type="application/scim+json")

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return self.client.patch(f"{self.base}/{path}", body, content_type="application/scim+json")

    def delete(self, path: str) -> Any:
        return self.client.delete(f"{self.base}/{path}")

    def make(self, email: str, **fields: Any) -> Any:
        """Provision somebody; the answer's body."""
        answer = self.post("Users", {"schemas": [USER], "userName": email, "emails": [{"value": email}], **fields})
        assert answer.status_code == 201, answer.content
        return answer.json()
