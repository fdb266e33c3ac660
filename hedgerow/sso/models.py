"""How providers know people, and what keeps an answer of an identity provider from being used twice."""

from django.db import models

from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User


class ExternalIdentity(models.Model):
    """Who a person is for a provider: `uid` stays the same there when names and addresses change.

    For SAML it is `<domain id>:<permanent id>`, as each domain has an identity provider of its own.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="external_identities")
    provider = models.CharField(max_length=28)
    uid = models.CharField(max_length=600)
    created_at = models.DateTimeField(auto_now_add=True)
    last_login_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "uid"], name="external_identity_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.provider}"


class SamlRequest(models.Model):
    """That a browser was sent to a domain's identity provider, which has not answered yet.

    `browser` is a hash of the cookie it was given, empty where the cookie would not come back with the answer.
    `target` is the page to go on to.
    """

    id = models.CharField(primary_key=True, max_length=80)
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="+")
    browser = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.id


class UsedAssertion(models.Model):
    """An assertion that has logged somebody in; it is remembered until it would be too old anyway."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="+")
    assertion = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "assertion"], name="assertion_used_once")]

    def __str__(self) -> str:
        return self.assertion
