-- Session recordings, a row for each block: what of a session was loaded at once. What was recorded is in the blob
-- store under `blob_key`; here are the facts about it. A block that is loaded again has the same id and the same row.
-- `active_milliseconds` counts within the block; the time between two blocks that are near each other is found from
-- `first_active` and `last_active`, when the person did something first and last.
CREATE TABLE IF NOT EXISTS recording_blocks
(
    team_id Int64,
    session_id String CODEC(ZSTD(1)),
    block_id UUID,
    distinct_id String CODEC(ZSTD(1)),
    first_timestamp DateTime64(3, 'UTC'),
    last_timestamp DateTime64(3, 'UTC'),
    blob_key String CODEC(ZSTD(1)),
    size_bytes UInt64,
    event_count UInt32,
    click_count UInt32,
    keypress_count UInt32,
    mouse_activity_count UInt32,
    active_milliseconds UInt64,
    first_active Nullable(DateTime64(3, 'UTC')),
    last_active Nullable(DateTime64(3, 'UTC')),
    console_log_count UInt32,
    console_warn_count UInt32,
    console_error_count UInt32,
    first_url String CODEC(ZSTD(1)),
    urls Array(String) CODEC(ZSTD(1)),
    snapshot_source LowCardinality(String),
    snapshot_library LowCardinality(String),
    received_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (team_id, session_id, block_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
