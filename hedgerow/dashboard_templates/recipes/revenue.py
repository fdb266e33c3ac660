"""Revenue: what comes in, from whom, and who stops paying."""

from typing import Any

from hedgerow.dashboard_templates.recipes.recipe import (
    COMPARED,
    BuiltIn,
    EventVariable,
    by,
    chart,
    event,
    funnel,
    heading,
    node,
    retention,
    table,
    trends,
)

_AMOUNTS = {
    "invoice_paid": "amount",
    "payment_succeeded": "amount",
    "purchase": "value",
    "Order Completed": "revenue",
    "order_completed": "revenue",
    "purchase_completed": "amount",
    "revenue": "revenue",
}
"""Events that tell of a payment by the names that are usual for them, and the property with the amount."""


def _payments(math: str | None = None) -> list[dict[str, Any]]:
    if math in ("sum", "avg"):
        return [event(name, math=math, math_property=amount) for name, amount in _AMOUNTS.items()]
    return [event(name, **({"math": math} if math else {})) for name in _AMOUNTS]


_TELLING = """SELECT event AS Event, count() AS Times, uniq(person_id) AS People, round(sum(amount), 2) AS Total,
    round(avg(amount), 2) AS Average
FROM (
    SELECT event, person_id, toFloat(coalesce(
        toString(properties.amount), toString(properties.revenue),
        toString(properties.value), toString(properties.price)
    )) AS amount
    FROM events
    WHERE timestamp > now() - INTERVAL 90 DAY
)
WHERE amount IS NOT NULL
GROUP BY event
ORDER BY Total DESC
LIMIT 12"""

REVENUE = BuiltIn(
    name="Revenue",
    description="What comes in, from whom, and who stops paying.",
    tags=["revenue"],
    variables=[
        EventVariable("REVENUE", "Revenue", "A payment, with the property to add up.", _payments("sum")),
        EventVariable("AVERAGE", "Average payment", "The same, with the property to average.", _payments("avg")),
        EventVariable("CUSTOMERS", "Paying people", "The same payment, counted by people.", _payments("dau")),
        EventVariable("PAYMENT", "Payment", "The same payment, counted.", _payments()),
        EventVariable(
            "PURCHASE",
            "Purchase",
            "Somebody decides to pay.",
            [
                *(event(name) for name in ("plan_upgraded", "subscription_created", "subscription_started")),
                *(event(name) for name in ("Checkout Started", "checkout_started", "begin_checkout")),
                *_payments()[:-1],
                event("purchase"),
            ],
        ),
        EventVariable(
            "CANCELLATION",
            "Cancellation",
            "Somebody stops paying.",
            [
                *(event(name) for name in ("plan_cancelled", "subscription_cancelled", "subscription_canceled")),
                *(event(name) for name in ("Order Refunded", "order_refunded", "refund")),
                event("subscription_deleted"),
            ],
        ),
    ],
    tiles=[
        heading("## What comes in\nPayments of the last 90 days.", 0),
        chart(
            "Revenue",
            "Beside the 90 days before.",
            trends(["{REVENUE}"], "BoldNumber", "-90d", **COMPARED),
            (0, 1, 4, 4),
        ),
        chart("Paying people", "Who paid at least once.", trends(["{CUSTOMERS}"], "BoldNumber", "-90d"), (4, 1, 4, 4)),
        chart("Average payment", "", trends(["{AVERAGE}"], "BoldNumber", "-90d"), (8, 1, 4, 4)),
        chart(
            "Revenue by week",
            "What was paid in each week.",
            trends(["{REVENUE}"], "ActionsBar", "-90d", interval="week"),
            (0, 5, 6, 5),
        ),
        chart(
            "Revenue so far",
            "Adding up over the last 90 days.",
            trends(["{REVENUE}"], "ActionsLineGraphCumulative", "-90d"),
            (6, 5, 6, 5),
        ),
        chart(
            "Revenue by plan",
            "By the property `plan` of the payments.",
            trends(["{REVENUE}"], "ActionsBarValue", "-90d", **by("plan")),
            (0, 10, 6, 5),
        ),
        chart(
            "Purchases and cancellations",
            "Week by week.",
            trends(["{PURCHASE}", "{CANCELLATION}"], "ActionsLineGraph", "-90d", interval="week"),
            (6, 10, 6, 5),
        ),
        heading("## From whom\nHow people get to paying, and whether they keep paying.", 15),
        chart(
            "From a visit to paying",
            "Within two weeks.",
            funnel([node("$pageview"), "{PURCHASE}"], "-90d"),
            (0, 16, 6, 5),
        ),
        chart(
            "Those who keep paying",
            "Of those who first paid in a month, how many pay in the months after it.",
            retention("{PAYMENT}", "{PAYMENT}", "Month", 6),
            (6, 16, 6, 5),
        ),
        table(
            "Events with an amount",
            "Of the last 90 days, by `amount`, `revenue`, `value` or `price`.",
            _TELLING,
            (0, 21, 12, 4),
        ),
    ],
)
