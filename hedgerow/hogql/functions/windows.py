"""Functions that only stand before OVER; aggregates may too."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
    rank 0 Integer!
    dense_rank 0 Integer!
    percent_rank 0 Float!
    cume_dist 0 Float!
    row_number 0 Integer!
    ntile 1 Integer! number
    lag:lagInFrame 1-3 same? any number any
    lead:leadInFrame 1-3 same? any number any
    lagInFrame 1-3 same? any number any
    leadInFrame 1-3 same? any number any
    first_value 1 same any
    last_value 1 same any
    nth_value 2 same? any number
    """
)
