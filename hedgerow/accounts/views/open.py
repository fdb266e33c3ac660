"""What the views for people who are not signed in have in common."""

from typing import Any

from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from hedgerow.api.rendering import JSONParser


class OpenView(APIView):
    """A view for people who are not logged in. It takes JSON only, which a form on another site cannot send."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes: list[type[BaseParser]] = [JSONParser]


class SuccessSerializer(serializers.Serializer[Any]):
    """That it worked."""

    success = serializers.BooleanField()
