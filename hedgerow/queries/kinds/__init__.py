"""The kinds of queries that can be run: one module each, found by the name clients give."""

from typing import Any

from hedgerow.queries.kinds.actors import ACTORS, PERSONS
from hedgerow.queries.kinds.database_schema import DATABASE_SCHEMA
from hedgerow.queries.kinds.events import EVENTS
from hedgerow.queries.kinds.funnels import FUNNELS
from hedgerow.queries.kinds.groups import GROUPS
from hedgerow.queries.kinds.hogql import HOGQL
from hedgerow.queries.kinds.hogql_autocomplete import HOGQL_AUTOCOMPLETE
from hedgerow.queries.kinds.hogql_metadata import HOGQL_METADATA
from hedgerow.queries.kinds.insight_actors import FUNNELS_ACTORS, INSIGHT_ACTORS, STICKINESS_ACTORS
from hedgerow.queries.kinds.insight_actors_options import INSIGHT_ACTORS_OPTIONS
from hedgerow.queries.kinds.lifecycle import LIFECYCLE
from hedgerow.queries.kinds.paths import PATHS
from hedgerow.queries.kinds.recordings import RECORDINGS
from hedgerow.queries.kinds.retention import RETENTION
from hedgerow.queries.kinds.sessions import SESSIONS_QUERY
from hedgerow.queries.kinds.stickiness import STICKINESS
from hedgerow.queries.kinds.trends import TRENDS
from hedgerow.queries.kinds.web_overview import WEB_OVERVIEW
from hedgerow.queries.kinds.web_stats_table import WEB_STATS_TABLE
from hedgerow.queries.run import Kind

KINDS: dict[str, Kind[Any]] = {
    "ActorsQuery": ACTORS,
    "DatabaseSchemaQuery": DATABASE_SCHEMA,
    "EventsQuery": EVENTS,
    "FunnelsActorsQuery": FUNNELS_ACTORS,
    "FunnelsQuery": FUNNELS,
    "GroupsQuery": GROUPS,
    "HogQLAutocomplete": HOGQL_AUTOCOMPLETE,
    "HogQLMetadata": HOGQL_METADATA,
    "HogQLQuery": HOGQL,
    "InsightActorsQuery": INSIGHT_ACTORS,
    "InsightActorsQueryOptions": INSIGHT_ACTORS_OPTIONS,
    "LifecycleQuery": LIFECYCLE,
    "PathsQuery": PATHS,
    "PersonsNode": PERSONS,
    "RecordingsQuery": RECORDINGS,
    "RetentionQuery": RETENTION,
    "SessionsQuery": SESSIONS_QUERY,
    "StickinessActorsQuery": STICKINESS_ACTORS,
    "StickinessQuery": STICKINESS,
    "TrendsQuery": TRENDS,
    "WebOverviewQuery": WEB_OVERVIEW,
    "WebStatsTableQuery": WEB_STATS_TABLE,
}
