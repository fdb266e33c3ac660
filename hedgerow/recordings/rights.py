"""Who may watch the recordings of a project, and who may share and delete them: rules are about all of them alike."""

from typing import Any

from hedgerow.access.rules import includes, level_for, require_level
from hedgerow.projects.models import Project

KIND = "session_recording"


def can_see(project: Project, user: Any) -> bool:
    """Whether somebody may watch them."""
    return level_for(user, project, KIND) != "none"


def can_edit(project: Project, user: Any) -> bool:
    """Whether somebody may share and delete them."""
    return includes(KIND, level_for(user, project, KIND), "editor")


def require_edit(project: Project, user: Any) -> None:
    """Raise PermissionDenied unless somebody may share and delete them."""
    require_level(user, project, "editor", KIND)
