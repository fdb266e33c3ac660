"""Tuples, arrays and maps."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    """
)
