"""Deleting a project with its data."""

import structlog
from django.db import transaction

from hedgerow.projects.models import Project

logger = structlog.get_logger(__name__)


def delete_project(project: Project) -> None:
    """Delete the project and all records of it.

    Its id is never given again, so its events cannot be reached any more.
    """
    with transaction.atomic():
        project_id = project.id
        project.delete()
    logger.info("project_deleted", project=project_id)
