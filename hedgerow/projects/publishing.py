"""Telling the capture processes which projects exist."""

from django.conf import settings

from hedgerow.capture.projects import PublishedProject, publish
from hedgerow.projects.models import Project


def publish_projects() -> None:
    """Write `<data_dir>/projects.json` with every project, as it is now."""
    publish(
        settings.HEDGEROW.projects_file,
        [
            PublishedProject(id=project.id, token=project.api_token, anonymize_ips=project.anonymize_ips)
            for project in Project.objects.order_by("id")
        ],
    )
