from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "hedgerow.sso"
