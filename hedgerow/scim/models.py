"""What identity providers pushed, and what they asked."""

from django.db import models
from django.db.models.functions import Lower
from uuid_utils.compat import uuid7

from hedgerow.access.models import Role
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User


class ProvisionedUser(models.Model):
    """What the identity provider of a domain says of a person: how it names them, and whether they are active.

    `user_name` may differ from the address. Somebody inactive is no member of the organization, and their account
    stays.
    """

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="provisioned_users")
    user = models.ForeignKey(User, models.CASCADE, related_name="provisioned_by")
    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=254, blank=True)
    active = models.BooleanField(default=True)
    identity_provider = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "user"], name="provisioned_once"),
            models.UniqueConstraint("domain", Lower("user_name"), name="provisioned_name_once"),
        ]

    def __str__(self) -> str:
        return self.user_name


class ProvisionedGroup(models.Model):
    """By what id the identity provider of a domain knows a role."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="provisioned_groups")
    role = models.ForeignKey(Role, models.CASCADE, related_name="provisioned_by")
    external_id = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "role"], name="provisioned_group_once")]

    def __str__(self) -> str:
        return self.external_id


class ScimRequest(models.Model):
    """A request of an identity provider and the answer to it, with what is personal masked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="scim_requests")
    request_method = models.CharField(max_length=10)
    request_path = models.TextField()
    request_headers = models.JSONField(default=dict)
    request_body = models.JSONField(null=True)
    response_status = models.PositiveSmallIntegerField()
    response_body = models.JSONField(null=True)
    identity_provider = models.CharField(max_length=20)
    duration_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.request_method} {self.request_path}: {self.response_status}"
