"""The entries of a project's tree, people's own shortcuts into it, and what they looked at."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from hedgerow.files import paths


class Entry(models.Model):
    """A folder, or a place of an object (`type` and `ref`) in the tree; a `shortcut` is a second place.

    `path` is canonical (see `hedgerow.files.paths`), `depth` the number of its segments. `folded_path` and
    `folded_name` are the path and its last segment, as written in the path, without upper and lower case: SQLite itself
    knows these of ASCII letters only. All four are set by `put_at`. A folder is there for every path that something
    lies beneath.
    """

    FOLDER = "folder"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    path = models.TextField()
    depth = models.PositiveIntegerField()
    folded_path = models.TextField()
    folded_name = models.TextField()
    type = models.CharField(max_length=100)
    ref = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    href = models.TextField(null=True, blank=True)  # noqa: DJ001 - likewise
    meta = models.JSONField(default=dict, null=True, blank=True)
    shortcut = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "path"], condition=Q(type="folder"), name="one_folder_per_path")
        ]
        indexes = [
            # The operator class lets PostgreSQL find by the beginning of a path, whatever its collation.
            models.Index(
                fields=["project", "path"], name="entries_by_path", opclasses=["int8_ops", "text_pattern_ops"]
            ),
            models.Index(
                fields=["project", "depth", "path"],
                name="entries_by_depth",
                opclasses=["int8_ops", "int4_ops", "text_pattern_ops"],
            ),
            models.Index(fields=["project", "type", "ref"], name="entries_of_an_object"),
        ]

    def __str__(self) -> str:
        return self.path

    def put_at(self, path: str) -> None:
        """Give it the place `path`, which is canonical; nothing is saved."""
        self.path = path
        self.depth = paths.depth(path)
        self.folded_path = path.casefold()
        self.folded_name = paths.escape(paths.name_of(path)).casefold()

    @property
    def is_folder(self) -> bool:
        """Whether others can lie beneath it."""
        return self.type == self.FOLDER


class Shortcut(models.Model):
    """Somebody's own link to an object or a folder. The `ref` of a folder is its path."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+")
    user = models.ForeignKey("organizations.User", models.CASCADE, related_name="+")
    path = models.TextField()
    type = models.CharField(max_length=100)
    ref = models.CharField(max_length=4000, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    href = models.TextField(null=True, blank=True)  # noqa: DJ001 - likewise
    order = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.path


class View(models.Model):
    """When somebody last looked at an object."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+")
    user = models.ForeignKey("organizations.User", models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=150)
    ref = models.CharField(max_length=200)
    viewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project", "type", "ref"], name="one_view_per_user_and_object")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.ref}"
