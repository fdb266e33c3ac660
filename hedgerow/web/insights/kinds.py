"""The kinds of insights that have a page."""

from django.urls.converters import StringConverter

from hedgerow.web.insights.funnels import FUNNELS
from hedgerow.web.insights.kind import Insight
from hedgerow.web.insights.lifecycle import LIFECYCLE
from hedgerow.web.insights.paths import PATHS
from hedgerow.web.insights.retention import RETENTION
from hedgerow.web.insights.stickiness import STICKINESS
from hedgerow.web.insights.trends import TRENDS

INSIGHTS: dict[str, Insight] = {
    insight.slug: insight for insight in (TRENDS, FUNNELS, RETENTION, PATHS, STICKINESS, LIFECYCLE)
}
"""By the word in the address, in the order of the tabs."""

BY_KIND = {insight.kind: insight for insight in INSIGHTS.values()}


class InsightKindConverter(StringConverter):
    """The word for a kind of insight in a path; everything else there is the short id of a saved one."""

    regex = "|".join(INSIGHTS)
