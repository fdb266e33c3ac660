"""Work that must be done even if the process dies: jobs kept in the records, and schedules that make them.

A function becomes a kind of job by `@job("area.verb")` of `hedgerow.work.jobs`. `enqueue("area.verb", …)` writes a job
in the caller's transaction, so it exists exactly if what it follows from does. Workers (`hedgerow.work.worker`) call
the function; a job whose worker died is taken up by another. So a function may be called again after having done its
work wholly or in part, and is written so that this does no harm.
"""
