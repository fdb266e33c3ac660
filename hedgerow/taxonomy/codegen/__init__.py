"""Source files for applications: their SDK's `capture`, typed by the event definitions of a project.

One module for each language: `VERSION`, which changes with what it writes, and `source(events)`. The same definitions
always give the same file.
"""
