"""The API's own pages: its OpenAPI document, and the same to read and try out."""

from django.urls import URLPattern, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.renderers import TemplateHTMLRenderer

urlpatterns: list[URLPattern] = [
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(
        r"^schema/swagger-ui/?$",
        SpectacularSwaggerView.as_view(url_name="schema", renderer_classes=[TemplateHTMLRenderer]),
        name="swagger",
    ),
    re_path(
        r"^schema/redoc/?$",
        SpectacularRedocView.as_view(
            url_name="schema", renderer_classes=[TemplateHTMLRenderer], template_name="api/redoc.html"
        ),
        name="redoc",
    ),
]
