"""Cohorts, the persons of static ones, and the history of calculations."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone


class Cohort(models.Model):
    """A named set of persons of a project.

    A dynamic cohort's members are found by its `filters` (or, without these, its `groups`) or its `query`; they are the
    rows of `cohort_people` in the event store that have the cohort's `version`. `pending_version` is the newest
    calculation asked for. A static cohort's members are its `StaticMember` rows, copied to `cohort_people` with the
    version 0.
    """

    class Type(models.TextChoices):
        """How a cohort's members are found; of several ways the last one in this order."""

        STATIC = "static"
        PERSON_PROPERTY = "person_property"
        BEHAVIORAL = "behavioral"
        ANALYTICAL = "analytical"

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="cohorts")
    name = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    description = models.CharField(max_length=1000, blank=True, default="")
    groups = models.JSONField(default=list)
    filters = models.JSONField(null=True, blank=True)
    query = models.JSONField(null=True, blank=True)
    is_static = models.BooleanField(default=False)
    cohort_type = models.CharField(max_length=20, choices=Type, null=True, blank=True)  # noqa: DJ001 - likewise
    deleted = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    version = models.IntegerField(null=True, blank=True)
    pending_version = models.IntegerField(null=True, blank=True)
    count = models.IntegerField(null=True, blank=True)
    is_calculating = models.BooleanField(default=False)
    last_calculation = models.DateTimeField(null=True, blank=True)
    errors_calculating = models.IntegerField(default=0)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error_message = models.TextField(null=True, blank=True)  # noqa: DJ001 - likewise
    last_import_total_count = models.IntegerField(null=True, blank=True)
    last_import_unmatched_count = models.IntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="cohorts_newest_first")]

    def __str__(self) -> str:
        return self.name or f"Cohort {self.pk}"

    @property
    def members_version(self) -> int:
        """The version under which the event store has the members; no member has it if there was no calculation."""
        return 0 if self.is_static else (self.version or -1)


class StaticMember(models.Model):
    """A person on the list of a static cohort."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="static_members", db_index=False)
    person = models.ForeignKey("persons.Person", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "person"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.cohort_id}"


class MemberChange(models.Model):
    """Persons (uuids as text) who came to a static cohort, or left it; the event store has still to be told."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+")
    person_uuids = models.JSONField()
    is_member = models.BooleanField()

    def __str__(self) -> str:
        return f"{len(self.person_uuids)} {'into' if self.is_member else 'out of'} {self.cohort_id}"


class ImportBatch(models.Model):
    """Values of an uploaded list that wait to be looked up; `column` says what they are."""

    class Column(models.TextChoices):
        """What names a person."""

        PERSON_ID = "person_id"
        DISTINCT_ID = "distinct_id"
        EMAIL = "email"

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+")
    column = models.CharField(max_length=20, choices=Column)
    values = models.JSONField()

    def __str__(self) -> str:
        return f"{len(self.values)} for {self.cohort_id}"


class Calculation(models.Model):
    """One calculation of a cohort: of which filters, when, with which result. `queries` are dicts as the API shows."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="calculations")
    version = models.IntegerField()
    filters = models.JSONField(null=True, blank=True)
    count = models.IntegerField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    queries = models.JSONField(null=True, blank=True)
    error = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    error_code = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - likewise

    class Meta:
        indexes = [models.Index(fields=["cohort", "-started_at"], name="calculations_newest_first")]

    def __str__(self) -> str:
        return f"{self.cohort_id} version {self.version}"
