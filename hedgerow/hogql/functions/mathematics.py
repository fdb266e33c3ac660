"""Numbers: arithmetic, rounding, logarithms, angles, bits, chance."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    bitPositionsToArray 1 Integers! number
    rand:rand 0 Integer!
    rand64 0 Integer!
    randCanonical 0 Float!
    generateUUIDv4 0 UUID!
    geoDistance 4 Float number
    greatCircleDistance 4 Float number
    """
)
