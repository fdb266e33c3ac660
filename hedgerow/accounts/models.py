"""What people sign in with besides their password, and where they are signed in."""

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from hedgerow.organizations.models import PersonalAPIKey, User
from hedgerow.projects.models import Project

DEVICE_CODE_LIFE = timedelta(minutes=10)
"""How long a person has to let a command-line program in."""
ANSWER_LIFE = timedelta(seconds=60)
"""How long the program may fetch its key once it has been let in."""


class LoginSession(models.Model):
    """A browser in which somebody is signed in. `id` names it to its owner; `session_key` is the secret itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    method = models.CharField(max_length=32, help_text="`password`, `signup`, `saml` or the name of a provider.")
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"


class TwoFactor(models.Model):
    """The authenticator app of a person. `secret` is encrypted; a code of `last_used_step` or before is used up."""

    user = models.OneToOneField(User, models.CASCADE, related_name="two_factor")
    secret = models.TextField(editable=False)
    last_used_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"authenticator of {self.user}"


class BackupCode(models.Model):
    """A code that stands in for the authenticator app once. Only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="backup_codes")
    code_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="backup_code_once")]

    def __str__(self) -> str:
        return f"backup code of {self.user}"


class RememberedDevice(models.Model):
    """A browser that is not asked for the second factor again until `expires_at`. Only its token's hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="remembered_devices")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"device of {self.user}"


class DeviceCode(models.Model):
    """That a command-line program waits for somebody to let it in.

    The program knows the device code, of which the hash is kept, and the person the short `user_code`. Once the person
    has agreed, `sealed_key` holds the encrypted key until the program fetches it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    device_code_hash = models.CharField(max_length=64, unique=True, editable=False)
    user_code = models.CharField(max_length=9, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    authorized_at = models.DateTimeField(null=True)
    key = models.ForeignKey(PersonalAPIKey, models.CASCADE, null=True, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="+")
    sealed_key = models.TextField(blank=True, editable=False)

    def __str__(self) -> str:
        return self.user_code

    @property
    def is_expired(self) -> bool:
        """Whether it is too late for the person to agree, or for the program to fetch its key."""
        if self.authorized_at is not None:
            return timezone.now() - self.authorized_at > ANSWER_LIFE
        return timezone.now() - self.created_at > DEVICE_CODE_LIFE
