"""What happens to persons that others have to follow, in the transaction in which it happens."""

from django.dispatch import Signal

persons_merged = Signal()
"""Sent before persons who were merged away are deleted; `targets` has the survivor's primary key by that of each."""

persons_deleted = Signal()
"""Sent before persons are deleted for good; `person_pks` are their primary keys."""
