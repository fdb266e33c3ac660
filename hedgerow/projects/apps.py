from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class ProjectsConfig(AppConfig):
    name = "hedgerow.projects"

    def ready(self) -> None:
        """Have every change of a project published, and the events of a deleted one erased."""
        from hedgerow.projects.erasure import erase_after_commit
        from hedgerow.projects.publishing import publish_after_commit

        project = self.get_model("Project")
        for signal in (post_save, post_delete):
            signal.connect(publish_after_commit, sender=project, dispatch_uid="publish_projects")
        post_delete.connect(erase_after_commit, sender=project, dispatch_uid="erase_events")
