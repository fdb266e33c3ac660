"""What a project's secret key may be for; making and rolling one."""

from django.utils import timezone

from hedgerow.api.errors import ValidationError
from hedgerow.api.scopes import EVERYTHING, validate_scope
from hedgerow.organizations.keys import hash_key, mask_key
from hedgerow.organizations.models import User
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.projects.models import Project
from hedgerow.projects.tokens import make_secret_token

MOST_KEYS = 50
"""Keys one project may have."""
SCOPES = ("account:read", "endpoint:read", "experiment:read", "feature_flag:read", "loop:write")
"""What can be asked without being somebody."""


def check_scopes(scopes: list[str]) -> list[str]:
    """The scopes themselves. Raises ValidationError for one that such a key cannot have."""
    for scope in scopes:
        if scope == EVERYTHING:
            raise ValidationError(
                "Wildcard scope '*' is not allowed for project API keys. Please specify explicit scopes."
            )
        if validate_scope(scope) not in SCOPES:
            raise ValidationError(
                f"Scope '{scope}' can not be assigned to a project secret API key. Allowed scopes: {', '.join(SCOPES)}"
            )
    return scopes


def create_key(project: Project, label: str, scopes: list[str], by: User) -> tuple[ProjectSecretAPIKey, str]:
    """A new key and its value, which nobody can ever read again.

    Called in a transaction. Raises ValidationError when the project has fifty keys already.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    if project.secret_api_keys.count() >= MOST_KEYS:
        raise ValidationError(
            "You can only have 50 project secret API keys. Remove an existing key before creating a new one."
        )
    value = make_secret_token()
    key = ProjectSecretAPIKey.objects.create(
        project=project,
        label=label,
        scopes=scopes,
        secure_value=hash_key(value),
        mask_value=mask_key(value),
        created_by=by,
    )
    return key, value


def roll_key(key: ProjectSecretAPIKey) -> str:
    """Give the key a new value, which is returned; the old one stops working."""
    value = make_secret_token()
    key.secure_value, key.mask_value, key.last_rolled_at = hash_key(value), mask_key(value), timezone.now()
    key.save(update_fields=["secure_value", "mask_value", "last_rolled_at"])
    return value
