-- The uuids under which SDKs sent what is in a block: what is sent again is known by them.
ALTER TABLE recording_blocks ADD COLUMN IF NOT EXISTS pieces Array(UUID) CODEC(ZSTD(1));
