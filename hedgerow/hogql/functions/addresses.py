"""URLs and network addresses."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    isIPv4String 1 Boolean text
    isIPv6String 1 Boolean text
    isIPAddressInRange 2 Boolean text
    toIPv4OrNull 1 Unknown text
    toIPv6OrNull 1 Unknown text
    IPv4NumToString 1 String number
    IPv4StringToNum 1 Integer text
    """
)
