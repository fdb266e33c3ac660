from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "hedgerow.projects"
