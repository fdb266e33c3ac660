"""Breakdowns in the editor: up to three properties whose values split the numbers."""

from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.form import Form
from hedgerow.web.insights.references import Reference

MAX_BREAKDOWNS = 3
USUAL_LIMIT = 7
"""As many colours as there are, but one for the rest."""


@dataclass(frozen=True)
class BreakdownRow:
    """A breakdown as the editor shows it, `about` a property; `expression` is the HogQL of one that is no property."""

    at: int
    about: str
    expression: str
    bins: str

    @property
    def is_expression(self) -> bool:
        """Whether it is by a HogQL expression."""
        return self.about == "hogql:"


@dataclass(frozen=True)
class Breakdowns:
    """The breakdowns of a question and how many values are shown."""

    rows: list[BreakdownRow]
    limit: str
    hides_other: bool

    @property
    def asked(self) -> bool:
        """Whether there is one."""
        return bool(self.rows)


def breakdowns_of(query: dict[str, Any]) -> Breakdowns:
    """The breakdowns of a query."""
    asked = query.get("breakdownFilter") or {}
    rows = []
    for at, given in enumerate(_entries(asked)):
        reference = Reference.of(given.get("type"), given["property"], given.get("group_type_index"))
        is_expression = reference.kind == "hogql"
        rows.append(
            BreakdownRow(
                at,
                "hogql:" if is_expression else reference.text,
                reference.name if is_expression else "",
                str(given.get("histogram_bin_count") or ""),
            )
        )
    limit = asked.get("breakdown_limit")
    return Breakdowns(rows, str(limit or ""), bool(asked.get("breakdown_hide_other_aggregation")))


def written_breakdowns(form: Form, query: dict[str, Any]) -> dict[str, Any]:
    """The query with the breakdowns sent. Cohorts are written in the older way, which takes several as one."""
    before = query.get("breakdownFilter") or {}
    known = _entries(before)
    entries: list[dict[str, Any]] = []
    for at, text in enumerate(form.all("breakdown")):
        reference = Reference.read(text)
        if reference is None or form.dropped == f"breakdown:{at}":
            continue
        if reference.kind == "hogql":
            reference = Reference("hogql", form.at("breakdown-expression", at).strip() or "event")
        entry = reference.filled("property")
        old = known[at] if at < len(known) else {}
        if (old.get("property"), old.get("type", "event")) == (entry["property"], entry["type"]):
            entry = {**old, **entry}
        entry.pop("histogram_bin_count", None)
        bins = form.at("bins", at)
        if bins.isdigit() and 0 < int(bins) <= 100:
            entry["histogram_bin_count"] = int(bins)
        entries.append(entry)
    if not entries:
        return {key: value for key, value in query.items() if key != "breakdownFilter"}
    asked: dict[str, Any] = {"breakdown_limit": form.whole("limit") or USUAL_LIMIT}
    if form.is_on("hide-other"):
        asked["breakdown_hide_other_aggregation"] = True
    cohorts = [entry["property"] for entry in entries if entry["type"] == "cohort"]
    if cohorts:
        asked |= {"breakdown_type": "cohort", "breakdown": [int(each) if each.isdigit() else each for each in cohorts]}
    else:
        asked["breakdowns"] = entries[:MAX_BREAKDOWNS]
    return {**query, "breakdownFilter": asked}


def _entries(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The breakdowns in the newer form."""
    if asked.get("breakdowns"):
        return list(asked["breakdowns"])
    value = asked.get("breakdown")
    if value in (None, "", []):
        return []
    values = value if isinstance(value, list) else [value]
    more = {
        "type": asked.get("breakdown_type") or "event",
        "group_type_index": asked.get("breakdown_group_type_index"),
        "histogram_bin_count": asked.get("breakdown_histogram_bin_count"),
        "normalize_url": asked.get("breakdown_normalize_url"),
    }
    known = {key: given for key, given in more.items() if given is not None}
    return [{"property": str(each), **known} for each in values]
