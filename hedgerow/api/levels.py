"""Levels of membership in an organization."""

from django.db import models


class Level(models.IntegerChoices):
    """What a member of an organization may do; a higher level may all that a lower one may."""

    MEMBER = 1
    ADMIN = 8
    OWNER = 15
