"""What was done in an organization beside its projects."""

from django.http import HttpResponse

from hedgerow.activity.models import ActivityLog
from hedgerow.web.activity import told
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.records import ROWS, offset_of, pages_of


@organization_page
def page(place: Place) -> HttpResponse:
    """The entries, the newest first."""
    entries = ActivityLog.objects.filter(project=None, organization=place.organization).select_related("user")
    offset = offset_of(place.request)
    found = list(entries.order_by("-created_at", "-id")[offset : offset + ROWS + 1])
    shown = [told(each) for each in found[:ROWS]]
    context = {"entries": shown, "pages": pages_of(place.request, offset, len(shown), has_more=len(found) > ROWS)}
    return place.render("activity", "organization_activity", context)
