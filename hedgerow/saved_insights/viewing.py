"""Who looked at which insights when, and which are looked at most."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from hedgerow.organizations.models import User
from hedgerow.saved_insights.models import Insight, InsightView

MOST_LAST_VIEWED = 5


def note_views(insight_ids: Iterable[int], user: User) -> None:
    """Note that somebody looks at these insights now. The caller knows that they exist."""
    now = timezone.now()
    rows = [InsightView(insight_id=id, user=user, last_viewed_at=now) for id in dict.fromkeys(insight_ids)]
    InsightView.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["insight", "user"], update_fields=["last_viewed_at"]
    )


def note_anonymous_view(insight: Insight) -> None:
    """Note that somebody without an account looks at an insight now."""
    InsightView.objects.update_or_create(insight=insight, user=None, defaults={"last_viewed_at": timezone.now()})


def last_viewed(insights: "QuerySet[Insight]", user: Any) -> "QuerySet[Insight]":
    """Those of the insights that somebody looked at last, the newest view first."""
    seen = insights.filter(views__user=user).annotate(seen_at=Max("views__last_viewed_at", filter=Q(views__user=user)))
    return seen.order_by("-seen_at", "-pk")[:MOST_LAST_VIEWED]


def trending(insights: "QuerySet[Insight]", days: int, limit: int) -> "QuerySet[Insight]":
    """Those of the insights that most people looked at during the last days, of these the last viewed first."""
    recent = Q(views__last_viewed_at__gte=timezone.now() - timedelta(days=days))
    counted = insights.filter(recent).annotate(
        people=Count("views", filter=recent, distinct=True), newest=Max("views__last_viewed_at", filter=recent)
    )
    return counted.order_by("-people", "-newest", "pk")[:limit]
