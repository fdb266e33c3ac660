"""Functions that have rules of their own; what they do stands in `hogql.special_calls`.

The lines say how many arguments they take and, for people who read the list, of which kind and what comes out.
"""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
    toString 1 String any
    toInt 1 Integer? any
    toInt8 1 Integer? any
    toInt16 1 Integer? any
    toInt32 1 Integer? any
    toInt64 1 Integer? any
    toUInt8 1 Integer? any
    toUInt16 1 Integer? any
    toUInt32 1 Integer? any
    toUInt64 1 Integer? any
    toInt32OrNull 1 Integer? any
    toInt64OrNull 1 Integer? any
    toUInt32OrNull 1 Integer? any
    toUInt64OrNull 1 Integer? any
    toFloat 1 Float? any
    toFloat32 1 Float? any
    toFloat64 1 Float? any
    toFloat32OrNull 1 Float? any
    toBool 1 Boolean? any
    toUUID 1 UUID? any
    toDecimal 2 Decimal? any number
    toDate 1 Date? any
    _toDate 1 Date? any
    toDateOrNull 1 Date? any
    date 1 Date? any
    toDateTime 1-2 DateTime? any text
    toDateTimeOrNull 1-2 DateTime? any text
    toDateTime64 1-3 DateTime? any number text
    parseDateTimeBestEffort 1-2 DateTime? text text
    parseDateTimeBestEffortOrNull 1-2 DateTime? text text
    fromUnixTimestamp 1 DateTime number
    now 0 DateTime!
    now64 0-1 DateTime! number
    today 0 Date!
    yesterday 0 Date!
    toStartOfWeek 1-2 Date time number
    dateTrunc 2 DateTime unit time
    date_trunc 2 DateTime unit time
    dateAdd 2-3 same any any time
    date_add 2-3 same any any time
    dateSub 2-3 same any any time
    date_sub 2-3 same any any time
    equals 2 Boolean! any
    notEquals 2 Boolean! any
    less 2 Boolean! any
    lessOrEquals 2 Boolean! any
    greater 2 Boolean! any
    greaterOrEquals 2 Boolean! any
    like 2 Boolean! text
    notLike 2 Boolean! text
    ilike 2 Boolean! text
    notILike 2 Boolean! text
    match 2 Boolean! text
    plus 2 same any
    minus 2 same any
    multiply 2 same number
    divide 2 Float number
    modulo 2 same number
    and 2+ Boolean! bool
    or 2+ Boolean! bool
    not 1 Boolean! bool
    multiIf 3+ second bool any
    _caseWithExpression 4+ last any
    array 0+ Array any
    arrayFold 3+ last lambda array any
    JSONExtract 2+ Unknown json any
    sortableSemver 1 Integers! text
    matchesAction 1 Boolean! any
    sparkline 1 Tuple! array
    getSurveyResponse 1-3 String? number text bool
    """
)
