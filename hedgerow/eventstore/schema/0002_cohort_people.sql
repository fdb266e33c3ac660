-- Members of cohorts. Of a cohort that is calculated each calculation has a version of its own, which is read from the
-- moment it is complete; older ones are removed some time later. A static cohort has the version 0 only.
CREATE TABLE IF NOT EXISTS cohort_people
(
    team_id Int64,
    cohort_id Int64,
    version Int64,
    person_id UUID
)
ENGINE = MergeTree
ORDER BY (team_id, cohort_id, version, person_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
