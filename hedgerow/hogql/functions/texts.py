"""Text: cut, searched, replaced, split, encoded, hashed."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    multiSearchAny 2 Boolean text array
    multiSearchAnyCaseInsensitive 2 Boolean text array
    multiSearchAnyUTF8 2 Boolean text array
    multiSearchAnyCaseInsensitiveUTF8 2 Boolean text array
    multiSearchFirstIndex 2 Integer text array
    multiSearchFirstPosition 2 Integer text array
    multiSearchAllPositions 2 Array! text array
    multiMatchAny 2 Boolean text array
    multiMatchAnyIndex 2 Integer text array
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
    format 2+ String text any
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
    UUIDNumToString 1 String any
    UUIDStringToNum 1 String text
    formatReadableSize 1 String number
    formatReadableQuantity 1 String number
    formatReadableTimeDelta 1-2 String number text
    bar 4 String number
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
    """
)
