"""Website traffic: who visits, from where, and what they look at."""

from hedgerow.dashboard_templates.recipes.recipe import (
    COMPARED,
    BuiltIn,
    by,
    chart,
    heading,
    node,
    paths,
    table,
    trends,
)

_VISITORS = node("$pageview", math="dau")

_ENTRIES = """SELECT entry AS `Entry page`, count() AS Visits, round(avg(pages), 1) AS `Pages a visit`,
    round(100 * countIf(pages = 1) / count(), 1) AS `Only one page, %`
FROM (
    SELECT argMin(properties.$pathname, timestamp) AS entry, count() AS pages
    FROM events
    WHERE event = '$pageview' AND timestamp > now() - INTERVAL 30 DAY
    GROUP BY $session_id
)
GROUP BY entry
ORDER BY Visits DESC
LIMIT 12"""

WEBSITE_TRAFFIC = BuiltIn(
    name="Website traffic",
    description="Who visits, from where, and what they look at.",
    tags=["web"],
    aliases=["WEBSITE_TRAFFIC"],
    tiles=[
        heading("## The site at a glance", 0),
        chart(
            "Overview",
            "Visitors, page views and sessions, beside the time before.",
            {"kind": "WebOverviewQuery", "dateRange": {"date_from": "-30d"}, "properties": [], **COMPARED},
            (0, 1, 12, 3),
        ),
        chart("Visitors a day", "Different people who saw a page.", trends([_VISITORS], **COMPARED), (0, 4, 6, 5)),
        chart("Page views a day", "", trends([node("$pageview")], "ActionsBar"), (6, 4, 6, 5)),
        heading("## Where they come from", 9),
        chart(
            "Referring sites",
            "Visitors by the site they came from; `$direct` came from none.",
            trends([_VISITORS], "ActionsBarValue", **by("$referring_domain")),
            (0, 10, 6, 5),
        ),
        chart(
            "Countries",
            "Visitors by the country of their address.",
            trends([_VISITORS], "WorldMap", **by("$geoip_country_code", 200)),
            (6, 10, 6, 5),
        ),
        heading("## What they look at, and on what", 15),
        chart(
            "Most viewed pages",
            "Page views by path.",
            trends([node("$pageview")], "ActionsBarValue", **by("$pathname")),
            (0, 16, 8, 5),
        ),
        chart(
            "Devices",
            "Visitors by the kind of device.",
            trends([_VISITORS], "ActionsPie", **by("$device_type")),
            (8, 16, 4, 5),
        ),
        chart("Paths", "From page to page.", paths(), (0, 21, 12, 7)),
        table("Entry pages", "Where visits begin.", _ENTRIES, (0, 28, 12, 5)),
    ],
)
