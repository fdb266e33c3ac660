"""The names of all query kinds of the API, whether they can be run here or not.

A name that is not here is a mistake in the request; one that is here without a runner is answered as unsupported.
"""

WRAPPER_KINDS = frozenset({"InsightVizNode", "DataTableNode", "DataVisualizationNode"})
"""Kinds that only say how the query in their `source` is shown."""

_NODES = {
    "EventsNode",
    "ActionsNode",
    "PersonsNode",
    "GroupNode",
    "DataWarehouseNode",
    "SavedInsightNode",
}

_INSIGHTS = {
    "TrendsQuery",
    "FunnelsQuery",
    "RetentionQuery",
    "PathsQuery",
    "StickinessQuery",
    "LifecycleQuery",
    "CalendarHeatmapQuery",
    "FunnelCorrelationQuery",
    "WebOverviewQuery",
    "WebStatsTableQuery",
    "WebGoalsQuery",
    "WebVitalsQuery",
    "WebVitalsPathBreakdownQuery",
    "WebExternalClicksTableQuery",
    "WebPageURLSearchQuery",
}

_LISTS = {
    "EventsQuery",
    "ActorsQuery",
    "GroupsQuery",
    "SessionsQuery",
    "RecordingsQuery",
    "InsightActorsQuery",
    "FunnelsActorsQuery",
    "StickinessActorsQuery",
    "FunnelCorrelationActorsQuery",
    "InsightActorsQueryOptions",
    "SessionsTimelineQuery",
    "SessionAttributionExplorerQuery",
    "PropertyValuesQuery",
    "TeamTaxonomyQuery",
    "EventTaxonomyQuery",
    "ActorsPropertyTaxonomyQuery",
}

_LANGUAGE = {
    "HogQLQuery",
    "HogQLMetadata",
    "HogQLAutocomplete",
    "HogQuery",
    "DatabaseSchemaQuery",
}

_PRODUCTS = {
    "TraceQuery",
    "TracesQuery",
    "LogsQuery",
    "LogAttributesQuery",
    "LogValuesQuery",
    "TraceSpansQuery",
    "ErrorTrackingQuery",
    "ErrorTrackingIssueCorrelationQuery",
    "ErrorTrackingSimilarIssuesQuery",
    "ErrorTrackingBreakdownsQuery",
    "ExperimentQuery",
    "ExperimentExposureQuery",
    "ExperimentTrendsQuery",
    "ExperimentFunnelsQuery",
    "RevenueAnalyticsGrossRevenueQuery",
    "RevenueAnalyticsMetricsQuery",
    "RevenueAnalyticsMRRQuery",
    "RevenueAnalyticsOverviewQuery",
    "RevenueAnalyticsTopCustomersQuery",
    "MarketingAnalyticsTableQuery",
    "MarketingAnalyticsAggregatedQuery",
    "VectorSearchQuery",
    "DocumentSimilarityQuery",
    "UsageMetricsQuery",
    "AccountsQuery",
    "EndpointsUsageOverviewQuery",
    "EndpointsUsageTableQuery",
    "EndpointsUsageTrendsQuery",
}

KNOWN_KINDS: frozenset[str] = WRAPPER_KINDS | _NODES | _INSIGHTS | _LISTS | _LANGUAGE | _PRODUCTS
