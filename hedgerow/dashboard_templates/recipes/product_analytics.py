"""Product analytics: who uses the product, how often, and whether they come back."""

from hedgerow.dashboard_templates.recipes.recipe import (
    ANYTHING,
    COMPARED,
    BuiltIn,
    EventVariable,
    chart,
    event,
    funnel,
    heading,
    lifecycle,
    node,
    retention,
    stickiness,
    table,
    trends,
)

_PEOPLE = node(None, math="dau")

_TOP_EVENTS = """SELECT event, count() AS times, uniq(person_id) AS people
FROM events
WHERE timestamp > now() - INTERVAL 30 DAY
GROUP BY event
ORDER BY times DESC
LIMIT 12"""

PRODUCT_ANALYTICS = BuiltIn(
    name="Product analytics",
    description="Who uses the product, how often, and whether they come back.",
    tags=["product"],
    aliases=["DEFAULT_APP"],
    variables=[
        EventVariable(
            "KEY_ACTION",
            "Key action",
            "What people do when the product is of use to them, such as creating a document.",
            [
                *(event(name) for name in ("board_created", "task_created", "document_created", "project_created")),
                *(event(name) for name in ("Order Completed", "order_completed", "purchase", "$autocapture")),
                event("$pageview"),
            ],
        )
    ],
    tiles=[
        heading("## Who is there\nPeople who did anything at all, and how that changes.", 0),
        chart(
            "Active people a day",
            "Different people who did anything.",
            trends([_PEOPLE], **COMPARED),
            (0, 1, 8, 5),
        ),
        chart(
            "Active in the last 30 days",
            "Different people, beside the 30 days before.",
            trends([_PEOPLE], "BoldNumber", **COMPARED),
            (8, 1, 4, 5),
        ),
        chart(
            "Growth accounting",
            "Week by week: who is new, who returns, who is back after a while, who stays away.",
            lifecycle(node(None)),
            (0, 6, 6, 5),
        ),
        chart(
            "Retention",
            "Of those first seen in a week, how many come back in the weeks after it.",
            retention(ANYTHING, ANYTHING),
            (6, 6, 6, 5),
        ),
        heading("## What they do\nThe key action, how people get to it, and what else happens.", 11),
        chart(
            "Key action over time",
            "How often it is done.",
            trends(["{KEY_ACTION}"]),
            (0, 12, 6, 5),
        ),
        chart(
            "From a visit to the key action",
            "Within two weeks.",
            funnel([node("$pageview"), "{KEY_ACTION}"]),
            (6, 12, 6, 5),
        ),
        chart(
            "Stickiness",
            "On how many of the last 30 days people were active.",
            stickiness(node(None)),
            (0, 17, 6, 5),
        ),
        table("Most frequent events", "In the last 30 days.", _TOP_EVENTS, (6, 17, 6, 5)),
    ],
)
