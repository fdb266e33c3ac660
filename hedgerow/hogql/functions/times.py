"""Points in time and dates: their parts, starts of intervals, differences, formats."""

from hedgerow.hogql.functions.table import table

FUNCTIONS = table(
    """
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
    toStartOfInterval 2-3 DateTime time interval any
    timeSlot 1 DateTime time
    formatDateTime 2 String time text
    formatDateTimeInJodaSyntax 2 String time text
    monthName 1 String time
    dateName 2 String unit time
    age 3 Integer unit time
    dateDiff 3 Integer unit time
    date_diff:dateDiff 3 Integer unit time
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
    parseDateTime 2 DateTime? text
    fromUnixTimestamp64Milli 1 DateTime number
    """
)
