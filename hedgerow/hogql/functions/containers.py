"""Tuples, arrays and maps."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
    tuple 0+ Tuple any
    tupleElement 2-3 Unknown tuple number any
    range 1-3 Integers! number
    arrayElement 2 item array number
    has 2 Boolean array any
    hasAll 2 Boolean array
    hasAny 2 Boolean array
    hasSubstr 2 Boolean array
    indexOf 2 Integer array any
    arrayCount 1+ Integer lambda|array array
    arrayConcat 1+ same array
    arrayCompact 1 same array
    arrayDistinct 1 same array
    arrayUniq 1+ Integer array
    arrayEnumerate 1 Integers! array
    arrayEnumerateUniq 1+ Integers! array
    arrayEnumerateDense 1+ Integers! array
    arrayIntersect 1+ same array
    arrayJoin 1 item array
    arrayPopBack 1 same array
    arrayPopFront 1 same array
    arrayPushBack 2 same array any
    arrayPushFront 2 same array any
    arrayResize 2-3 same array number any
    arrayRotateLeft 2 same array number
    arrayRotateRight 2 same array number
    arraySlice 2-3 same array number
    arrayReverse 1 same array
    arrayFlatten 1 Array! array
    arrayZip 1+ Array! array
    arrayWithConstant 2 Array! number any
    arrayStringConcat 1-2 String! array any
    arrayDifference 1 Array! array
    arrayCumSum 1+ Array! lambda|array array
    arrayCumSumNonNegative 1+ Array! lambda|array array
    arrayProduct 1+ Float lambda|array array
    arraySum 1+ Float lambda|array array
    arrayAvg 1+ Float lambda|array array
    arrayMin 1+ Unknown lambda|array array
    arrayMax 1+ Unknown lambda|array array
    arrayMap 2+ Array! lambda array
    arrayFilter 2+ second! lambda array
    arrayFill 2+ second! lambda array
    arrayReverseFill 2+ second! lambda array
    arraySplit 2+ Array! lambda array
    arrayReverseSplit 2+ Array! lambda array
    arrayExists 1+ Boolean lambda|array array
    arrayAll 1+ Boolean lambda|array array
    arrayFirst 2+ Unknown lambda array
    arrayLast 2+ Unknown lambda array
    arrayFirstIndex 2+ Integer lambda array
    arrayLastIndex 2+ Integer lambda array
    arraySort 1+ last! lambda|array array
    arrayReverseSort 1+ last! lambda|array array
    arrayPartialSort 2+ last! number array
    arrayAUC 2 Float array
    emptyArrayString:emptyArrayString 0 Strings!
    map 0+ Map any
    mapKeys 1 Array! map
    mapValues 1 Array! map
    mapContains 2 Boolean map any
    mapAdd 2+ Map map
    mapSubtract 2+ Map map
    mapFilter 2 Map lambda map
    mapApply 2 Map lambda map
    mapFromArrays 2 Map array
    """
)
