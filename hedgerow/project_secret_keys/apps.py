from django.apps import AppConfig


class ProjectSecretKeysConfig(AppConfig):
    name = "hedgerow.project_secret_keys"
