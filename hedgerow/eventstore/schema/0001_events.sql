-- Events, one row each. `properties` is for analysis (each property is its own sub-column), `properties_raw` is the
-- text that came in. The loader refuses an event that is sent again; should one slip through after the days the loader
-- looks back, the engine replaces it when it merges. `person_id` is exact once `person_overrides` has been applied to it.
-- Partitions are months, but what lies far back or ahead shares one, so that no client can make thousands of them.
CREATE TABLE IF NOT EXISTS events
(
    team_id Int64,
    uuid UUID,
    event LowCardinality(String),
    timestamp DateTime64(6, 'UTC'),
    created_at DateTime64(6, 'UTC'),
    distinct_id String CODEC(ZSTD(1)),
    person_id UUID,
    person_mode LowCardinality(String),
    `$group_0` String CODEC(ZSTD(1)),
    `$group_1` String CODEC(ZSTD(1)),
    `$group_2` String CODEC(ZSTD(1)),
    `$group_3` String CODEC(ZSTD(1)),
    `$group_4` String CODEC(ZSTD(1)),
    `$session_id` String CODEC(ZSTD(1)),
    `$window_id` String CODEC(ZSTD(1)),
    elements_chain String CODEC(ZSTD(1)),
    properties JSON(max_dynamic_paths = 512, SKIP `$elements_chain`),
    properties_raw String CODEC(ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX uuid_index uuid TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX distinct_id_index distinct_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX inserted_at_index inserted_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(
    least(greatest(timestamp, toDateTime64('2014-12-01', 6, 'UTC')), toDateTime64('2040-01-01', 6, 'UTC'))
)
ORDER BY (team_id, toDate32(timestamp), event, distinct_id, uuid)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- The persons of the records, copied for joins. The newest version of an id counts; a merged or deleted person stays
-- as a row with is_deleted = 1.
CREATE TABLE IF NOT EXISTS persons
(
    team_id Int64,
    id UUID,
    created_at DateTime64(6, 'UTC'),
    is_identified Bool,
    properties JSON(max_dynamic_paths = 256),
    properties_raw String CODEC(ZSTD(1)),
    last_seen_at Nullable(DateTime64(6, 'UTC')),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (team_id, id);

-- Which person each distinct id belongs to now.
CREATE TABLE IF NOT EXISTS person_distinct_ids
(
    team_id Int64,
    distinct_id String,
    person_id UUID,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (team_id, distinct_id);

-- Distinct ids whose stored events may still carry another person's id: queries follow these rows until the events
-- have been rewritten (folded), then the rows go.
CREATE TABLE IF NOT EXISTS person_overrides
(
    team_id Int64,
    distinct_id String,
    person_id UUID,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (team_id, distinct_id);

-- The groups of the records, copied for joins.
CREATE TABLE IF NOT EXISTS groups
(
    team_id Int64,
    group_type_index UInt8,
    group_key String,
    created_at DateTime64(6, 'UTC'),
    updated_at DateTime64(6, 'UTC'),
    properties JSON(max_dynamic_paths = 256),
    properties_raw String CODEC(ZSTD(1)),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (team_id, group_type_index, group_key);

-- Events that were accepted but could not be stored, with the reason and what came in.
CREATE TABLE IF NOT EXISTS dead_letters
(
    team_id Int64,
    received_at DateTime64(6, 'UTC'),
    reason LowCardinality(String),
    event_uuid String,
    distinct_id String,
    event String,
    details String,
    raw String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (team_id, received_at)
TTL toDateTime(received_at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What people should know about their events: everything dropped (also in dead_letters) or changed on the way in.
CREATE TABLE IF NOT EXISTS ingestion_warnings
(
    team_id Int64,
    timestamp DateTime64(6, 'UTC'),
    type LowCardinality(String),
    event_uuid String,
    distinct_id String,
    details String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (team_id, type, timestamp)
TTL toDateTime(timestamp) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
