"""Taxonomy (event and property definitions) as a Django app."""

from django.apps import AppConfig


class TaxonomyConfig(AppConfig):
    name = "hedgerow.taxonomy"
    label = "taxonomy"
