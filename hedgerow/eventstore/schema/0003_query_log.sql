-- The queries people ran: who, what, how long, and how it ended. Told to the project itself only.
CREATE TABLE IF NOT EXISTS query_log
(
    team_id Int64,
    query_start_time DateTime64(6, 'UTC'),
    query_id String,
    name String,
    kind LowCardinality(String),
    query String CODEC(ZSTD(3)),
    created_by Nullable(Int64),
    query_duration_ms UInt64,
    result_rows UInt64,
    status LowCardinality(String),
    exception String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(query_start_time)
ORDER BY (team_id, query_start_time)
TTL toDateTime(query_start_time) + INTERVAL 30 DAY;
