"""Functions that aggregate, which of them take parameters, and what may stand at the end of their names."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
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
    sumMap 1-2 Unknown map
    minMap 1-2 Unknown map
    maxMap 1-2 Unknown map
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
    stochasticLinearRegression 2+ Unknown number
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
    groupArrayIntersect 1 same array
    groupConcat 1 String any
    groupBitAnd 1 Integer number
    groupBitOr 1 Integer number
    groupBitXor 1 Integer number
    topK 1 list! any
    topKWeighted 2 list! any
    histogram 1 Array! number
    windowFunnel 2+ Integer! seconds bool
    retention 2+ Array! bool
    sequenceMatch 3+ Boolean! seconds bool
    sequenceCount 3+ Integer! seconds bool
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
        *(
            "topK",
            "topKWeighted",
            "histogram",
            "windowFunnel",
            "sequenceMatch",
            "sequenceCount",
        ),
        *("groupArray", "groupArraySorted", "groupUniqArray", "groupArraySample", "groupArrayMovingAvg"),
        *("groupArrayMovingSum", "groupConcat", "exponentialMovingAverage", "uniqCombined", "uniqCombined64"),
        *("mannWhitneyUTest", "sparkbar", "groupArrayInsertAt", "array_agg"),
    }
)
"""These may be called with parameters in brackets of their own: `quantile(0.9)(x)`."""

COMBINATORS = ("OrDefault", "OrNull", "Distinct", "ForEach", "Array", "If")
"""Ends of names that change how a function aggregates (`sumIf`), as they are looked for: the longest first."""
