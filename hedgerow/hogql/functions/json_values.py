"""JSON held as text."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    isValidJSON 1 Boolean any
    JSON_VALUE 2 String any
    JSON_QUERY 2 String any
    JSON_EXISTS 2 Boolean any
    simpleJSONExtractString:simpleJSONExtractString 2 String any
    """
)
