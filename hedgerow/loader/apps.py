"""Django app of the loader: it keeps the plans of batches and when its regular work is due."""

from django.apps import AppConfig


class LoaderConfig(AppConfig):
    name = "hedgerow.loader"
    label = "loader"
