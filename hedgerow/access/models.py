"""Roles that members of an organization have, and the rules that say who may do what in a project."""

from django.db import models
from django.db.models.functions import Lower
from uuid_utils.compat import uuid7


class Role(models.Model):
    """A group of members of an organization. Members who join are given the default role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="roles")
    name = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", Lower("name"), name="role_name_once"),
            models.UniqueConstraint(fields=["organization"], condition=models.Q(is_default=True), name="one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class RoleMembership(models.Model):
    """That a member has a role. It ends with the membership."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.ForeignKey(Role, models.CASCADE, related_name="memberships")
    membership = models.ForeignKey("organizations.Membership", models.CASCADE, related_name="roles")
    joined_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "membership"], name="role_once_per_member")]

    def __str__(self) -> str:
        return f"{self.membership} as {self.role}"


class AccessControl(models.Model):
    """A rule: which level a member, a role or, with neither, everybody has.

    In the project (`resource` is `project`), for one kind of its objects, or for the object `resource_id` (the text of
    its primary key; empty for the whole kind). `hedgerow.access.rules` says how rules go together.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="access_controls")
    resource = models.CharField(max_length=32)
    resource_id = models.CharField(max_length=64, blank=True, default="")
    access_level = models.CharField(max_length=16)
    membership = models.ForeignKey(
        "organizations.Membership", models.CASCADE, null=True, blank=True, related_name="access_controls"
    )
    role = models.ForeignKey(Role, models.CASCADE, null=True, blank=True, related_name="access_controls")
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "resource", "resource_id", "membership"],
                condition=models.Q(membership__isnull=False),
                name="one_rule_per_member",
            ),
            models.UniqueConstraint(
                fields=["project", "resource", "resource_id", "role"],
                condition=models.Q(role__isnull=False),
                name="one_rule_per_role",
            ),
            models.UniqueConstraint(
                fields=["project", "resource", "resource_id"],
                condition=models.Q(membership=None, role=None),
                name="one_rule_for_everybody",
            ),
            models.CheckConstraint(
                condition=models.Q(membership=None) | models.Q(role=None), name="rule_of_a_member_or_of_a_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access_level} of {self.resource} {self.resource_id}".strip()
