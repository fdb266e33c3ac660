"""Growth: from the first visit to the first success."""

from hedgerow.dashboard_templates.recipes.recipe import (
    ANYTHING,
    COMPARED,
    BuiltIn,
    EventVariable,
    by,
    chart,
    event,
    funnel,
    heading,
    lifecycle,
    node,
    retention,
    table,
    trends,
)

_NEW_PEOPLE = """SELECT toStartOfWeek(first_seen, 1) AS Week, count() AS `New people`,
    countIf(times > 1) AS `Did more than one thing`,
    round(100 * countIf(last_seen > first_seen + INTERVAL 1 DAY) / count(), 1) AS `Back after a day, %`
FROM (
    SELECT person_id, min(timestamp) AS first_seen, max(timestamp) AS last_seen, count() AS times
    FROM events
    WHERE timestamp > now() - INTERVAL 90 DAY
    GROUP BY person_id
)
GROUP BY Week
ORDER BY Week DESC
LIMIT 12"""

GROWTH = BuiltIn(
    name="Growth",
    description="From the first visit to the first success: who signs up, from where, and who stays.",
    tags=["growth"],
    variables=[
        EventVariable(
            "SIGNUP",
            "Sign-up",
            "Somebody has made an account.",
            [
                *(event(name) for name in ("signup_completed", "user_signed_up", "signed_up", "sign_up", "signup")),
                *(event(name) for name in ("User Signed Up", "Signed Up", "account_created", "user_created")),
                event("$identify"),
            ],
        ),
        EventVariable(
            "ACTIVATION",
            "First success",
            "What a new person does when they first get something out of the product.",
            [
                *(event(name) for name in ("board_created", "task_created", "project_created", "activated")),
                *(event(name) for name in ("onboarding_completed", "document_created", "$autocapture")),
                event("$pageview"),
            ],
        ),
    ],
    tiles=[
        heading("## Coming in\nVisitors, sign-ups, and the way from one to the other.", 0),
        chart(
            "Visitors",
            "In the last 30 days, beside the 30 days before.",
            trends([node("$pageview", math="dau")], "BoldNumber", **COMPARED),
            (0, 1, 3, 5),
        ),
        chart(
            "Sign-ups",
            "In the last 30 days, beside the 30 days before.",
            trends(["{SIGNUP}"], "BoldNumber", **COMPARED),
            (3, 1, 3, 5),
        ),
        chart("Sign-ups over time", "Day by day.", trends(["{SIGNUP}"], "ActionsAreaGraph"), (6, 1, 6, 5)),
        chart(
            "From a visit to the first success",
            "Within two weeks.",
            funnel([node("$pageview"), "{SIGNUP}", "{ACTIVATION}"]),
            (0, 6, 7, 5),
        ),
        chart(
            "Where sign-ups come from",
            "By the site that people came from in this visit.",
            trends(["{SIGNUP}"], "ActionsPie", **by("$referring_domain")),
            (7, 6, 5, 5),
        ),
        heading("## Staying\nWho comes back, and who does not.", 11),
        chart(
            "Retention after sign-up",
            "Of those who signed up in a week, how many are active in the weeks after it.",
            retention("{SIGNUP}", ANYTHING),
            (0, 12, 6, 5),
        ),
        chart("Growth accounting", "Week by week.", lifecycle(node(None)), (6, 12, 6, 5)),
        table("New people by week", "Of the last 90 days.", _NEW_PEOPLE, (0, 17, 12, 5)),
    ],
)
