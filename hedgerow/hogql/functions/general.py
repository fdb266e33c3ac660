"""Choices, NULL, conversions and what fits nowhere else."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
    if 3 second bool any any
    ifNull 2 second any
    nullIf 2 same? any
    coalesce 1+ second any
    isNull 1 Boolean! any
    isNotNull 1 Boolean! any
    assumeNotNull 1 same! any
    toNullable 1 same? any
    toTypeName 1 String! any
    isZeroOrNull 1 Boolean! any
    xor 2+ Boolean bool
    toJSONString 1 String any
    toUUIDOrNull 1 UUID? text
    toFloat64OrNull:toFloat64OrNull 1 Float? text
    toFloatOrZero:toFloat64OrZero 1 Float text
    toFloat64OrZero 1 Float text
    toIntOrZero:toInt64OrZero 1 Integer text
    toInt64OrZero 1 Integer text
    toInt32OrZero 1 Integer text
    toUInt64OrZero 1 Integer text
    transform 3-4 Unknown any
    materialize 1 same any
    identity 1 same any
    ignore 0+ Integer! any
    exists 1 Boolean! any
    """
)
