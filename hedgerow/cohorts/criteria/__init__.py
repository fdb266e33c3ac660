"""Criteria of cohorts: what clients send as `filters`, what it means, and the one query that finds the members.

`grammar` reads and normalises filters, `checks` finds what could not be calculated, `people` builds the query out of
the conditions on persons and of what `behaviour` asks of a person's events within the spans of `windows`.
"""
