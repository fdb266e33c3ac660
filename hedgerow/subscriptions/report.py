"""What the messages of a run tell, whichever way they go: made of what is kept with the run alone."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from hedgerow.blobs.store import BlobError, store
from hedgerow.exports.links import DELIVERY, public_link
from hedgerow.exports.models import ExportedAsset
from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.subscriptions.recurrence import summary

log = structlog.get_logger(__name__)

NO_PICTURE = "There is no picture of this insight."


@dataclass(frozen=True)
class ShownInsight:
    """An insight in a message: its picture, or in its place what went wrong (`error`)."""

    id: int
    short_id: str
    name: str
    description: str
    path: str
    results: dict[str, Any] | None
    asset: ExportedAsset | None
    error: str | None

    @property
    def image_url(self) -> str | None:
        """Where everybody who knows the link gets the picture."""
        return public_link(self.asset, purpose=DELIVERY) if self.asset is not None and self.error is None else None

    @cached_property
    def png(self) -> bytes | None:
        """The picture."""
        if self.asset is None or self.error is not None:
            return None
        try:
            return b"".join(store().read(self.asset.content_key))
        except BlobError as error:
            log.warning("subscription_picture_not_read", export=self.asset.pk, reason=str(error))
            return None


@dataclass(frozen=True)
class Report:
    """A run as its receivers are told of it."""

    delivery: Delivery
    insights: list[ShownInsight]
    total: int

    @property
    def subscription(self) -> Subscription:
        """What this is a run of."""
        return self.delivery.subscription

    @property
    def kind(self) -> str:
        """`Insight` or `Dashboard`."""
        return "Dashboard" if self.subscription.dashboard_id is not None else "Insight"

    @property
    def name(self) -> str:
        """What the insight or dashboard is called."""
        if self.kind == "Dashboard":
            return str((self.delivery.content_snapshot.get("dashboard") or {}).get("name") or "Dashboard")
        return self.insights[0].name if self.insights else "Insight"

    @property
    def path(self) -> str:
        """The page of the insight or dashboard."""
        if self.kind == "Dashboard":
            return f"/project/{self.subscription.project_id}/dashboard/{self.subscription.dashboard_id}"
        return self.insights[0].path

    @property
    def is_invitation(self) -> bool:
        """Whether it is the first that its receivers hear of it."""
        return self.delivery.new_to is not None

    @property
    def change_summary(self) -> str:
        """What is new since the last time."""
        return self.delivery.change_summary or ""

    @property
    def rule(self) -> str:
        """`sent every week on Friday`."""
        return summary(self.subscription)

    @property
    def next_date(self) -> str:
        """`Friday November 27, 2026` in the project's time zone; empty when there is no next time."""
        following: datetime | None = self.subscription.next_delivery_date
        if following is None:
            return ""
        return f"{following.astimezone(ZoneInfo(self.subscription.project.timezone)):%A %B %d, %Y}"

    def url(self, medium: str, path: str = "") -> str:
        """A link to the page, or to another one, that tells the page where its visitor comes from."""
        return self.plain_url(path) + "?" + urlencode(_CAMPAIGN | {"utm_medium": medium})

    def plain_url(self, path: str = "") -> str:
        """The address of the page, or of another one."""
        return f"{settings.HEDGEROW.base_url}{path or self.path}"

    def manage_url(self, medium: str) -> str:
        """Where the subscription is changed."""
        return self.url(medium, f"{self.path}/subscriptions/{self.subscription.pk}")


_CAMPAIGN = {"utm_source": "posthog", "utm_campaign": "subscription_report"}


def report_of(delivery: Delivery) -> Report:
    """What there is to tell of a run whose insights have been answered."""
    entries = delivery.content_snapshot.get("insights", [])
    assets = ExportedAsset.objects.select_related("dashboard", "insight").in_bulk(delivery.exported_asset_ids)
    shown = [
        _shown(delivery.subscription, entry, assets.get(asset_id))
        for entry, asset_id in zip(entries, delivery.exported_asset_ids, strict=True)
    ]
    return Report(delivery, shown, int(delivery.content_snapshot.get("total_insight_count", len(shown))))


def _shown(subscription: Subscription, entry: dict[str, Any], asset: ExportedAsset | None) -> ShownInsight:
    error = (entry.get("query_error") or {}).get("message")
    if error is None and (asset is None or not asset.content_key):
        error = (asset.exception if asset is not None else None) or NO_PICTURE
    return ShownInsight(
        id=entry["id"],
        short_id=entry["short_id"],
        name=entry["name"],
        description=entry["description"],
        path=f"/project/{subscription.project_id}/insights/{entry['short_id']}",
        results=entry.get("query_results"),
        asset=asset,
        error=error,
    )
