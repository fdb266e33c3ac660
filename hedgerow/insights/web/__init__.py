"""Web analytics: the visits to a site, as an overview and as tables by page, source, device and place.

What counts are views (`$pageview` and `$screen`), and the events of a conversion goal where one is asked for, that have
a session. A session belongs to the period it starts in, with all of its events, also those after the period's end and
without those of sessions that began before it. Filters choose events; a session counts if any of its events is left,
and its length and whether it bounced are always those of the whole session.
"""
