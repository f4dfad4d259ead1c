-- The read model: what the grains wrote, as columns. Views only, so there is no second copy that could disagree.

-- Backlog and held tasks of a repo; counts by repo and phase read this index alone.
CREATE INDEX pool_tasks_by_repo_phase ON OrleansStorage (task_repo, task_phase) WHERE task_repo IS NOT NULL;

-- Tasks of a worker. Ready tasks nobody holds are not in it.
CREATE INDEX pool_tasks_by_worker ON OrleansStorage (task_worker, task_phase) WHERE task_worker IS NOT NULL;

-- The planner would take "all tasks" for as selective as "all tasks of a repo". These round figures tell it otherwise, from the first
-- row on, and nothing has to be measured later: rows in the index, then rows for each value of its first column, first two, ...
ANALYZE OrleansStorage;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('OrleansStorage', 'sqlite_autoindex_OrleansStorage_1', '1000000 300000 1 1 1 1'),
  ('OrleansStorage', 'pool_tasks_by_repo_phase', '900000 20000 4000'),
  ('OrleansStorage', 'pool_tasks_by_worker', '500000 500 100');
ANALYZE sqlite_master;

CREATE VIEW pool_tasks AS
SELECT
  GrainIdExtensionString AS task_id,
  task_repo AS repo,
  json_extract(PayloadBinary, '$.repo_name') AS repo_name,
  json_extract(PayloadBinary, '$.title') AS title,
  task_phase AS phase,
  json_extract(PayloadBinary, '$.phase_at') AS phase_at,
  task_worker AS worker_id,
  json_extract(PayloadBinary, '$.priority') AS priority,
  json_extract(PayloadBinary, '$.estimate_points') AS estimate_points,
  json_extract(PayloadBinary, '$.tier') AS tier,
  json_extract(PayloadBinary, '$.required_skills') AS required_skills,
  json_extract(PayloadBinary, '$.area') AS area,
  json_extract(PayloadBinary, '$.area_key') AS area_key,
  json_extract(PayloadBinary, '$.depends_on') AS depends_on,
  json_extract(PayloadBinary, '$.not_before') AS not_before,
  json_extract(PayloadBinary, '$.created_at') AS created_at,
  json_extract(PayloadBinary, '$.ready_at') AS ready_at,
  json_extract(PayloadBinary, '$.eligible_at') AS eligible_at,
  json_extract(PayloadBinary, '$.lease.lease_id') AS lease_id,
  json_extract(PayloadBinary, '$.lease.expires_at') AS lease_expires_at,
  json_extract(PayloadBinary, '$.token') AS token,
  json_extract(PayloadBinary, '$.attempts') AS attempts,
  json_extract(PayloadBinary, '$.artifact.pr_url') AS pr_url,
  json_extract(PayloadBinary, '$.artifact.commit_sha') AS commit_sha,
  json_extract(PayloadBinary, '$.external_id') AS external_id,
  json_extract(PayloadBinary, '$.message') AS message,
  json_extract(PayloadBinary, '$.version') AS version,
  json_extract(PayloadBinary, '$.description') AS description
FROM OrleansStorage
WHERE GrainTypeString = 'task' AND PayloadBinary IS NOT NULL;

-- Never the token hashes.
CREATE VIEW pool_workers AS
SELECT
  GrainIdExtensionString AS worker_id,
  json_extract(PayloadBinary, '$.name') AS name,
  json_extract(PayloadBinary, '$.github_handle') AS github_handle,
  json_extract(PayloadBinary, '$.status') AS status,
  json_extract(PayloadBinary, '$.skills') AS skills,
  json_extract(PayloadBinary, '$.capacity_points') AS capacity_points,
  json_extract(PayloadBinary, '$.max_concurrent_tasks') AS max_concurrent_tasks,
  json_extract(PayloadBinary, '$.trust_tier') AS trust_tier,
  json_extract(PayloadBinary, '$.registered_at') AS registered_at,
  json_extract(PayloadBinary, '$.last_seen_at') AS last_seen_at,
  json_extract(PayloadBinary, '$.paused_by_admin') AS paused_by_admin,
  json_extract(PayloadBinary, '$.revoked') AS revoked
FROM OrleansStorage
WHERE GrainTypeString = 'worker' AND PayloadBinary IS NOT NULL;

CREATE VIEW pool_repos AS
SELECT
  json_extract(PayloadBinary, '$.repo') AS repo,
  json_extract(PayloadBinary, '$.name') AS name,
  json_extract(PayloadBinary, '$.settings.paused') AS paused,
  json_extract(PayloadBinary, '$.settings.max_open_prs') AS max_open_prs,
  json_array_length(PayloadBinary, '$.ledger') AS in_flight,
  json_extract(PayloadBinary, '$.settings.area_locks_enabled') AS area_locks_enabled,
  json_extract(PayloadBinary, '$.settings.area_lock_until') AS area_lock_until,
  json_extract(PayloadBinary, '$.settings.merge_authority') AS merge_authority,
  json_extract(PayloadBinary, '$.settings.lease_ttl_seconds') AS lease_ttl_seconds,
  json_extract(PayloadBinary, '$.settings.max_attempts') AS max_attempts,
  json_extract(PayloadBinary, '$.settings.trust') AS trust,
  json_extract(PayloadBinary, '$.created_at') AS created_at,
  json_extract(PayloadBinary, '$.updated_at') AS updated_at,
  json_extract(PayloadBinary, '$.ledger') AS ledger
FROM OrleansStorage
WHERE GrainTypeString = 'repo' AND PayloadBinary IS NOT NULL;
