"""The functions a query may call; every other name is refused.

One line each: the name, `:` and ClickHouse's name where it is another one, how many arguments (`1`, `1-3`, `2+`), the
type of the result, and what arguments must be. Arguments: `any`, `number` (text of properties is converted), `time`
(text is read as a point in time in the project's time zone), `seconds` (the same, cut to seconds), `text`, `bool`;
several are for the first, second … argument and the last one for the rest. Results: a type's name, `same` as the first
argument, `second`, `last`, `item` of the first argument's elements, `list` of the first argument's type; with `?` it
can be NULL whatever the arguments are; with `!` it never is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is called."""

    name: str
    clickhouse: str
    least: int
    most: int | None
    result: str
    arguments: tuple[str, ...]

    def argument(self, index: int) -> str:
        """What the argument at this position (from 0) must be."""
        return self.arguments[min(index, len(self.arguments) - 1)]


def _table(text: str) -> Mapping[str, Function]:
    functions = {}
    for line in text.strip().splitlines():
        names, count, result, *arguments = line.split()
        name, _, clickhouse = names.partition(":")
        least, _, most = count.partition("-")
        functions[name] = Function(
            name,
            clickhouse or name,
            int(least.rstrip("+")),
            None if count.endswith("+") else int(most or least),
            result,
            tuple(arguments) or ("any",),
        )
    return functions


SCALAR: Mapping[str, Function] = _table(
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
    intDiv 2 Integer number
    intDivOrZero 2 Integer number
    moduloOrZero 2 same number
    positiveModulo 2 same number
    negate 1 same number
    abs 1 same number
    gcd 2 Integer number
    lcm 2 Integer number
    max2 2 Float number
    min2 2 Float number
    round 1-2 same number
    floor 1-2 same number
    ceil 1-2 same number
    ceiling:ceil 1-2 same number
    trunc 1-2 same number
    truncate:trunc 1-2 same number
    roundBankers 1-2 same number
    roundToExp2 1 same number
    roundDuration 1 Integer number
    roundAge 1 Integer number
    sqrt 1 Float number
    cbrt 1 Float number
    exp 1 Float number
    exp2 1 Float number
    exp10 1 Float number
    log 1 Float number
    ln:log 1 Float number
    log2 1 Float number
    log10 1 Float number
    log1p 1 Float number
    pow 2 Float number
    power:pow 2 Float number
    sin 1 Float number
    cos 1 Float number
    tan 1 Float number
    asin 1 Float number
    acos 1 Float number
    atan 1 Float number
    atan2 2 Float number
    sinh 1 Float number
    cosh 1 Float number
    tanh 1 Float number
    degrees 1 Float number
    radians 1 Float number
    sign 1 Integer number
    pi 0 Float!
    hypot 2 Float number
    greatest 1+ same any
    least 1+ same any
    widthBucket:width_bucket 4 Integer number
    isFinite 1 Boolean number
    isInfinite 1 Boolean number
    isNaN 1 Boolean number
    ifNotFinite 2 Float number
    bitAnd 2 Integer number
    bitOr 2 Integer number
    bitXor 2 Integer number
    bitNot 1 Integer number
    bitShiftLeft 2 Integer number
    bitShiftRight 2 Integer number
    bitTest 2 Integer number
    bitCount 1 Integer number
    rand:rand 0 Integer!
    rand64 0 Integer!
    randCanonical 0 Float!
    generateUUIDv4 0 UUID!
    toString 1 String any
    toJSONString 1 String any
    toTimeZone 2 same time text
    toYear 1 Integer time
    toQuarter 1 Integer time
    toMonth 1 Integer time
    toDayOfYear 1 Integer time
    toDayOfMonth 1 Integer time
    toDayOfWeek 1-3 Integer time number
    toHour 1 Integer time
    toMinute 1 Integer time
    toSecond 1 Integer time
    toMillisecond 1 Integer time
    toISOYear 1 Integer time
    toISOWeek 1 Integer time
    toWeek 1-3 Integer time number
    toYearWeek 1-3 Integer time number
    toYYYYMM 1 Integer time
    toYYYYMMDD 1 Integer time
    toYYYYMMDDhhmmss 1 Integer time
    toUnixTimestamp 1 Integer time
    toUnixTimestamp64Milli 1 Integer time
    toUnixTimestamp64Micro 1 Integer time
    toRelativeDayNum 1 Integer time
    toRelativeHourNum 1 Integer time
    toRelativeWeekNum 1 Integer time
    toRelativeMonthNum 1 Integer time
    toStartOfSecond 1 DateTime time
    toStartOfMinute 1 DateTime time
    toStartOfFiveMinutes 1 DateTime time
    toStartOfTenMinutes 1 DateTime time
    toStartOfFifteenMinutes 1 DateTime time
    toStartOfHour 1 DateTime time
    toStartOfDay 1 DateTime time
    toStartOfMonth 1 Date time
    toStartOfQuarter 1 Date time
    toStartOfYear 1 Date time
    toStartOfISOYear 1 Date time
    toMonday 1 Date time
    toLastDayOfMonth 1 Date time
    toLastDayOfWeek 1-2 Date time number
    toStartOfInterval 2-3 DateTime time any
    timeSlot 1 DateTime time
    formatDateTime 2 String time text
    formatDateTimeInJodaSyntax 2 String time text
    monthName 1 String time
    age 3 Integer text time
    dateDiff 3 Integer text time
    date_diff:dateDiff 3 Integer text time
    addSeconds 2 DateTime time number
    addMinutes 2 DateTime time number
    addHours 2 DateTime time number
    addDays 2 same time number
    addWeeks 2 same time number
    addMonths 2 same time number
    addQuarters 2 same time number
    addYears 2 same time number
    subtractSeconds 2 DateTime time number
    subtractMinutes 2 DateTime time number
    subtractHours 2 DateTime time number
    subtractDays 2 same time number
    subtractWeeks 2 same time number
    subtractMonths 2 same time number
    subtractQuarters 2 same time number
    subtractYears 2 same time number
    toIntervalSecond 1 Interval number
    toIntervalMinute 1 Interval number
    toIntervalHour 1 Interval number
    toIntervalDay 1 Interval number
    toIntervalWeek 1 Interval number
    toIntervalMonth 1 Interval number
    toIntervalQuarter 1 Interval number
    toIntervalYear 1 Interval number
    length 1 Integer any
    empty 1 Boolean any
    notEmpty 1 Boolean any
    lengthUTF8 1 Integer text
    char_length:lengthUTF8 1 Integer text
    lower 1 String text
    upper 1 String text
    lowerUTF8 1 String text
    upperUTF8 1 String text
    lcase:lower 1 String text
    ucase:upper 1 String text
    initcap 1 String text
    reverse 1 same any
    reverseUTF8 1 String text
    concat 1+ String any
    concatWithSeparator 2+ String any
    concat_ws:concatWithSeparator 2+ String any
    substring 2-3 String text number
    substr:substring 2-3 String text number
    substringUTF8 2-3 String text number
    left 2 String text number
    leftUTF8 2 String text number
    right 2 String text number
    rightUTF8 2 String text number
    leftPad 2-3 String text any
    rightPad 2-3 String text any
    repeat 2 String text number
    space 1 String number
    trim:trimBoth 1-2 String text
    trimLeft 1-2 String text
    trimRight 1-2 String text
    ltrim:trimLeft 1-2 String text
    rtrim:trimRight 1-2 String text
    replace:replaceAll 3 String text
    replaceAll 3 String text
    replaceOne 3 String text
    replaceRegexpAll 3 String text
    replaceRegexpOne 3 String text
    translate 3 String text
    regexpQuoteMeta 1 String text
    position 2-3 Integer text
    locate 2-3 Integer text
    positionCaseInsensitive 2-3 Integer text
    positionUTF8 2-3 Integer text
    positionCaseInsensitiveUTF8 2-3 Integer text
    startsWith 2 Boolean text
    endsWith 2 Boolean text
    countSubstrings 2-3 Integer text
    countSubstringsCaseInsensitive 2-3 Integer text
    countMatches 2 Integer text
    extract 2 String text
    extractAll 2 Strings! text
    extractAllGroupsVertical 2 Array! text
    extractGroups 2 Strings! text
    regexpExtract 2-3 String text
    multiSearchAny 2 Boolean text any
    multiSearchAnyCaseInsensitive 2 Boolean text any
    multiSearchAnyUTF8 2 Boolean text any
    multiSearchAnyCaseInsensitiveUTF8 2 Boolean text any
    multiSearchFirstIndex 2 Integer text any
    multiSearchFirstPosition 2 Integer text any
    multiSearchAllPositions 2 Array! text any
    multiMatchAny 2 Boolean text any
    multiMatchAnyIndex 2 Integer text any
    ngramDistance 2 Float text
    levenshteinDistance:editDistance 2 Integer text
    editDistance 2 Integer text
    jaroWinklerSimilarity 2 Float text
    splitByChar 2-3 Strings! text text number
    splitByString 2-3 Strings! text text number
    splitByRegexp 2-3 Strings! text text number
    splitByWhitespace 1-2 Strings! text number
    splitByNonAlpha 1-2 Strings! text number
    alphaTokens 1 Strings! text
    ngrams 2 Strings! text number
    tokens 1 Strings! text
    format 1+ String text any
    base64Encode 1 String text
    base64Decode 1 String text
    tryBase64Decode 1 String text
    base58Encode 1 String text
    hex 1 String any
    unhex 1 String text
    bin 1 String any
    encodeURLComponent 1 String text
    decodeURLComponent 1 String text
    encodeXMLComponent 1 String text
    decodeXMLComponent 1 String text
    extractTextFromHTML 1 String text
    isValidUTF8 1 Boolean text
    toValidUTF8 1 String text
    ascii 1 Integer text
    char 1+ String number
    soundex 1 String text
    cityHash64 1+ Integer any
    sipHash64 1+ Integer any
    farmHash64 1+ Integer any
    xxHash64 1 Integer any
    xxHash32 1 Integer any
    murmurHash3_32 1+ Integer any
    murmurHash3_64 1+ Integer any
    halfMD5 1+ Integer any
    MD5 1 String any
    SHA1 1 String any
    SHA224 1 String any
    SHA256 1 String any
    SHA512 1 String any
    domain 1 String text
    domainWithoutWWW 1 String text
    topLevelDomain 1 String text
    firstSignificantSubdomain 1 String text
    cutToFirstSignificantSubdomain 1 String text
    protocol 1 String text
    path 1 String text
    pathFull 1 String text
    queryString 1 String text
    fragment 1 String text
    queryStringAndFragment 1 String text
    extractURLParameter 2 String text
    extractURLParameters 1 Strings! text
    extractURLParameterNames 1 Strings! text
    URLHierarchy 1 Strings! text
    URLPathHierarchy 1 Strings! text
    cutURLParameter 2 String text any
    cutQueryString 1 String text
    cutFragment 1 String text
    cutQueryStringAndFragment 1 String text
    cutWWW 1 String text
    decodeURLFormComponent 1 String text
    encodeURLFormComponent 1 String text
    JSONHas 1+ Boolean any
    JSONLength 1+ Integer any
    JSONType 1+ String any
    JSONExtractUInt 1+ Integer any
    JSONExtractInt 1+ Integer any
    JSONExtractFloat 1+ Float any
    JSONExtractBool 1+ Boolean any
    JSONExtractString 1+ String any
    JSONExtractRaw 1+ JSON any
    JSONExtractArrayRaw 1+ Strings! any
    JSONExtractKeysAndValuesRaw 1+ Array! any
    JSONExtractKeysAndValues 2+ Array! any
    JSONExtractKeys 1+ Strings! any
    JSONExtract 2+ Unknown any
    isValidJSON 1 Boolean any
    JSON_VALUE 2 String any
    JSON_QUERY 2 String any
    JSON_EXISTS 2 Boolean any
    simpleJSONExtractString:simpleJSONExtractString 2 String any
    isIPv4String 1 Boolean text
    isIPv6String 1 Boolean text
    isIPAddressInRange 2 Boolean text
    toIPv4OrNull 1 Unknown text
    toIPv6OrNull 1 Unknown text
    IPv4NumToString 1 String number
    IPv4StringToNum 1 Integer text
    tuple 0+ Tuple any
    tupleElement 2-3 Unknown any
    range 1-3 Integers! number
    arrayElement 2 item any number
    has 2 Boolean any
    hasAll 2 Boolean any
    hasAny 2 Boolean any
    hasSubstr 2 Boolean any
    indexOf 2 Integer any
    arrayCount 1+ Integer any
    arrayConcat 1+ same any
    arrayCompact 1 same any
    arrayDistinct 1 same any
    arrayUniq 1+ Integer any
    arrayEnumerate 1 Integers! any
    arrayEnumerateUniq 1+ Integers! any
    arrayEnumerateDense 1+ Integers! any
    arrayIntersect 1+ same any
    arrayJoin 1 item any
    arrayPopBack 1 same any
    arrayPopFront 1 same any
    arrayPushBack 2 same any
    arrayPushFront 2 same any
    arrayResize 2-3 same any
    arrayRotateLeft 2 same any
    arrayRotateRight 2 same any
    arraySlice 2-3 same any number
    arrayReverse 1 same any
    arrayFlatten 1 Array! any
    arrayZip 1+ Array! any
    arrayWithConstant 2 Array! any
    arrayStringConcat 1-2 String! any
    arrayDifference 1 Array! any
    arrayCumSum 1+ Array! any
    arrayCumSumNonNegative 1+ Array! any
    arrayProduct 1+ Float any
    arraySum 1+ Float any
    arrayAvg 1+ Float any
    arrayMin 1+ Unknown any
    arrayMax 1+ Unknown any
    arrayMap 2+ Array! any
    arrayFilter 2+ second! any
    arrayFill 2+ second! any
    arrayReverseFill 2+ second! any
    arraySplit 2+ Array! any
    arrayReverseSplit 2+ Array! any
    arrayExists 1+ Boolean any
    arrayAll 1+ Boolean any
    arrayFirst 2+ Unknown any
    arrayLast 2+ Unknown any
    arrayFirstIndex 2+ Integer any
    arrayLastIndex 2+ Integer any
    arrayFold 3+ Unknown any
    arraySort 1+ last! any
    arrayReverseSort 1+ last! any
    arrayPartialSort 2+ last! any
    arrayAUC 2 Float any
    emptyArrayString:emptyArrayString 0 Strings!
    map 0+ Map any
    mapKeys 1 Array! any
    mapValues 1 Array! any
    mapContains 2 Boolean any
    mapAdd 1+ Map any
    mapSubtract 1+ Map any
    mapFilter 2 Map any
    mapApply 2 Map any
    mapFromArrays 2 Map any
    toUUIDOrNull 1 UUID? text
    toFloat64OrNull:toFloat64OrNull 1 Float? text
    toFloatOrZero:toFloat64OrZero 1 Float text
    toIntOrZero:toInt64OrZero 1 Integer text
    parseDateTime 2 DateTime? text
    UUIDNumToString 1 String any
    UUIDStringToNum 1 String text
    formatReadableSize 1 String number
    formatReadableQuantity 1 String number
    formatReadableTimeDelta 1-2 String number text
    bar 4 String number
    transform 3-4 Unknown any
    materialize 1 same any
    identity 1 same any
    ignore 0+ Integer! any
    exists 1 Boolean! any
    fromUnixTimestamp64Milli 1 DateTime number
    geoDistance 4 Float number
    greatCircleDistance 4 Float number
    """
)

AGGREGATE: Mapping[str, Function] = _table(
    """
    count 0-1 Integer! any
    uniq 1+ Integer! any
    uniqExact 1+ Integer! any
    uniqCombined 1+ Integer! any
    uniqCombined64 1+ Integer! any
    uniqHLL12 1+ Integer! any
    countDistinct:uniqExact 1+ Integer! any
    sum 1 same number
    sumWithOverflow 1 same number
    sumKahan 1 Float number
    sumMap 1-2 Unknown any
    minMap 1-2 Unknown any
    maxMap 1-2 Unknown any
    avg 1 Float number
    avgWeighted 2 Float number
    min 1 same any
    max 1 same any
    any 1 same any
    anyLast 1 same any
    anyHeavy 1 same any
    any_value:any 1 same any
    argMin 2 same any
    argMax 2 same any
    median 1 Float number
    medianExact 1 Float number
    quantile 1 Float number
    quantileExact 1 Float number
    quantileExactInclusive 1 Float number
    quantileExactWeighted 2 Float number
    quantileTiming 1 Float number
    quantileTDigest 1 Float number
    quantileDeterministic 2 Float number
    quantiles 1 Floats! number
    quantilesExact 1 Floats! number
    quantilesTDigest 1 Floats! number
    stddevPop 1 Float number
    stddevSamp 1 Float number
    varPop 1 Float number
    varSamp 1 Float number
    skewPop 1 Float number
    skewSamp 1 Float number
    kurtPop 1 Float number
    kurtSamp 1 Float number
    covarPop 2 Float number
    covarSamp 2 Float number
    corr 2 Float number
    simpleLinearRegression 2 Tuple! number
    stochasticLinearRegression 1+ Unknown number
    entropy 1 Float any
    deltaSum 1 Float number
    deltaSumTimestamp 2 Float any
    boundingRatio 2 Float number
    exponentialMovingAverage 2 Float any
    groupArray 1 list! any
    array_agg:groupArray 1 list! any
    groupArraySorted 1 list! any
    groupUniqArray 1 list! any
    groupArrayInsertAt 2 list! any
    groupArrayMovingAvg 1 Floats! number
    groupArrayMovingSum 1 Floats! number
    groupArraySample 1 list! any
    groupArrayIntersect 1 same any
    groupConcat 1 String any
    groupBitAnd 1 Integer number
    groupBitOr 1 Integer number
    groupBitXor 1 Integer number
    topK 1 list! any
    topKWeighted 2 list! any
    histogram 1 Array! number
    windowFunnel 2+ Integer! seconds bool
    retention 1+ Array! bool
    sequenceMatch 3+ Boolean! seconds bool
    sequenceCount 3+ Integer! seconds bool
    sequenceNextNode 5+ Unknown any
    mannWhitneyUTest 2 Tuple! number
    studentTTest 2 Tuple! number
    welchTTest 2 Tuple! number
    rankCorr 2 Float number
    cramersV 2 Float any
    maxIntersections 2 Integer number
    intervalLengthSum 2 Unknown any
    last_value 1 same any
    first_value 1 same any
    sparkbar 2 String any
    """
)
PARAMETRIC = frozenset(
    {
        *("quantile", "quantileExact", "quantileExactInclusive", "quantileExactWeighted", "quantileTiming"),
        *("quantileTDigest", "quantileDeterministic", "quantiles", "quantilesExact", "quantilesTDigest"),
        *("topK", "topKWeighted", "histogram", "windowFunnel", "sequenceMatch", "sequenceCount", "sequenceNextNode"),
        *("groupArray", "groupArraySorted", "groupUniqArray", "groupArraySample", "groupArrayMovingAvg"),
        *("groupArrayMovingSum", "groupConcat", "exponentialMovingAverage", "uniqCombined", "uniqCombined64"),
        *("mannWhitneyUTest", "sparkbar", "groupArrayInsertAt", "array_agg"),
    }
)
COMBINATORS = ("OrDefault", "OrNull", "Distinct", "ForEach", "Array", "If")

WINDOW: Mapping[str, Function] = _table(
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


_ANY_CASE = {
    name.lower(): name
    for name in (
        *("not", "and", "or", "if", "ifNull", "nullIf", "coalesce", "concat", "lower", "upper", "length", "substring"),
        *("trim", "replace", "left", "right", "position", "abs", "round", "floor", "ceil", "sqrt", "pow", "exp", "log"),
        *("greatest", "least", "now", "today", "date_trunc", "dateTrunc", "date_add", "date_sub", "dateDiff"),
        *("count", "sum", "avg", "min", "max", "any", "median", "rank", "dense_rank", "row_number", "ntile", "lag"),
        *("lead", "first_value", "last_value", "nth_value"),
    )
}


def canonical_name(name: str) -> str:
    """The name of a function as the tables have it: those every SQL has may be written in any case."""
    return _ANY_CASE.get(name.lower(), name)


@lru_cache(maxsize=1024)
def find_aggregate(name: str) -> tuple[Function, str] | None:
    """An aggregate function and the combinators at the end of its name (`sumIf`, `uniqDistinctIf`, …)."""
    suffix = ""
    base = canonical_name(name)
    while base not in AGGREGATE:
        combinator = next((each for each in COMBINATORS if base.endswith(each)), None)
        if combinator is None or combinator in suffix:
            return None
        suffix = combinator + suffix
        base = base.removesuffix(combinator)
    return AGGREGATE[base], suffix
