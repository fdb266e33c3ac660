"""JSON held as text."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
    JSONHas 1+ Boolean json any
    JSONLength 1+ Integer json any
    JSONType 1+ String json any
    JSONExtractUInt 1+ Integer json any
    JSONExtractInt 1+ Integer json any
    JSONExtractFloat 1+ Float json any
    JSONExtractBool 1+ Boolean json any
    JSONExtractString 1+ String json any
    JSONExtractRaw 1+ JSON json any
    JSONExtractArrayRaw 1+ Strings! json any
    JSONExtractKeysAndValuesRaw 1+ Array! json any
    JSONExtractKeysAndValues 2+ Array! json any
    JSONExtractKeys 1+ Strings! json any
    isValidJSON 1 Boolean json
    JSON_VALUE 2 String json any
    JSON_QUERY 2 String json any
    JSON_EXISTS 2 Boolean json any
    simpleJSONExtractString:simpleJSONExtractString 2 String json any
    """
)
