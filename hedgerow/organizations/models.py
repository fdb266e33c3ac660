"""Organizations, the people in them, and the keys by which programs act for people."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.text import slugify
from uuid_utils.compat import uuid7

from hedgerow.api.levels import Level

if TYPE_CHECKING:
    from hedgerow.projects.models import Project

NOWHERE = UUID(int=0)
"""The id of no organization."""
INVITE_DAYS = 3
"""How long an invite can be accepted."""


def make_identifier() -> str:
    """A new identifier kept as text."""
    return str(uuid7())


class StatsMethod(models.TextChoices):
    """How experiments are judged by default."""

    BAYESIAN = "bayesian"
    FREQUENTIST = "frequentist"


class Organization(models.Model):
    """What owns projects and has members."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=64)
    slug = models.SlugField(max_length=80, unique=True, editable=False)
    logo_media_id = models.UUIDField(null=True, blank=True)
    is_member_join_email_enabled = models.BooleanField(default=True)
    enforce_2fa = models.BooleanField(null=True, blank=True)
    members_can_invite = models.BooleanField(null=True, default=True)
    members_can_use_personal_api_keys = models.BooleanField(default=True)
    members_can_create_projects = models.BooleanField(default=False)
    allow_publicly_shared_resources = models.BooleanField(default=True)
    is_ai_data_processing_approved = models.BooleanField(null=True, blank=True)
    default_experiment_stats_method = models.CharField(  # noqa: DJ001 - null and "" are told apart by clients
        max_length=20, choices=StatsMethod.choices, null=True, blank=True
    )
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        "User", through="Membership", related_name="organizations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; the slug is made once, from the name, and stays when the name changes."""
        if not self.slug:
            self.slug = _free_slug(self.name)
        super().save(*args, **kwargs)

    @property
    def default_role_id(self) -> UUID | None:
        """The role that members who join are given."""
        default: UUID | None = self.roles.filter(is_default=True).values_list("pk", flat=True).first()
        return default


class People(BaseUserManager["User"]):
    """Finds and makes users by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail. Raises `User.DoesNotExist`."""
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user; without a password nobody can log in as them until one is set."""
        user = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who can log in. Staff run the whole instance; the first user is staff."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    distinct_id = models.CharField(max_length=200, default=make_identifier, unique=True, editable=False)
    email = models.EmailField(max_length=254)
    pending_email = models.EmailField(max_length=254, null=True, blank=True)  # noqa: DJ001 - null on the wire
    is_email_verified = models.BooleanField(null=True, blank=True)
    first_name = models.CharField(max_length=128, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    current_organization = models.ForeignKey(Organization, models.SET_NULL, null=True, related_name="+")
    current_project = models.ForeignKey("projects.Project", models.SET_NULL, null=True, related_name="+")
    anonymize_data = models.BooleanField(null=True, default=False)
    toolbar_mode = models.CharField(max_length=20, null=True, blank=True, default="toolbar")  # noqa: DJ001
    theme_mode = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - null on the wire
    role_at_organization = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null on the wire
    notification_settings = models.JSONField(default=dict)
    events_column_config = models.JSONField(default=dict)
    has_seen_product_intro_for = models.JSONField(null=True, blank=True)
    hedgehog_config = models.JSONField(null=True, blank=True)

    objects = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.email

    @property
    def organization(self) -> Organization | None:
        """The organization they work in: the one last chosen while they belong to it, else the first they joined."""
        memberships = self.memberships.select_related("organization")
        chosen = (
            memberships.filter(organization=self.current_organization).first() if self.current_organization_id else None
        )
        membership = chosen or memberships.order_by("joined_at", "id").first()
        return membership.organization if membership else None

    @property
    def project(self) -> "Project | None":
        """The project they work in: the one last chosen, else the first one, of those in `organization` that they may
        see."""
        from hedgerow.access.rules import visible_projects

        organization = self.organization
        if organization is None:
            return None
        seen = visible_projects(self).filter(organization=organization)
        return seen.filter(id=self.current_project_id or 0).first() or seen.order_by("id").first()

    def work_in(self, project: "Project") -> None:
        """Choose a project, and with it its organization, to work in."""
        self.current_project = project
        self.current_organization_id = project.organization_id
        self.save(update_fields=["current_project", "current_organization"])


class Membership(models.Model):
    """That a user belongs to an organization, and at which level."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class Invite(models.Model):
    """That somebody may join an organization by signing up under an address."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)  # secret: whoever knows it may accept
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invites")
    target_email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=128, blank=True)
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.MEMBER)
    message = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    private_project_access = models.JSONField(null=True, blank=True)
    emailing_attempt_made = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.target_email} to {self.organization}"

    @property
    def is_expired(self) -> bool:
        """Whether it is too late to accept it."""
        return timezone.now() - self.created_at > timedelta(days=INVITE_DAYS)


class PersonalAPIKey(models.Model):
    """A key with which a program acts as its user, narrowed by scopes, projects and organizations.

    Only a hash of the value is kept. Empty `scoped_teams` or `scoped_organizations` narrow nothing.
    """

    id = models.CharField(primary_key=True, max_length=50, default=make_identifier, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="personal_api_keys")
    label = models.CharField(max_length=40)
    secure_value = models.CharField(max_length=300, unique=True, editable=False)
    mask_value = models.CharField(max_length=20, editable=False)
    scopes = models.JSONField(default=list)
    scoped_teams = models.JSONField(default=list)
    scoped_organizations = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_rolled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.mask_value})"


class LoginFailures(models.Model):
    """How often logging in to an account failed from an address lately. `account` is a hash of the e-mail given."""

    account = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="login_failures_unique")]

    def __str__(self) -> str:
        return f"{self.count} from {self.address}"


def _free_slug(name: str) -> str:
    """A slug of the name that no other organization has."""
    stem = slugify(name)[:60] or "organization"
    slug, number = stem, 1
    while Organization.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug
