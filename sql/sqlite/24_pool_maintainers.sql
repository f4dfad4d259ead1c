-- Dead letters by when they died, the latest first, and by repo. Only rows of dead letters are parsed for it.
CREATE INDEX pool_tasks_dead ON OrleansStorage (task_phase, json_extract(PayloadBinary, '$.phase_at'), task_repo)
WHERE task_phase = 'dead_letter';

-- Workers whose last three or more leases failed or were lost: few, among all that ever registered.
CREATE INDEX pool_workers_failing ON OrleansStorage (GrainTypeString)
WHERE GrainTypeString = 'worker'
  AND (json_extract(PayloadBinary, '$.reputation.lost_to_pause') >= 3 OR json_extract(PayloadBinary, '$.reputation.pauses_in_a_row') > 0);

-- Bulk acts that are accepted and not finished: few at any time. A restart finds them here.
CREATE INDEX pool_bulks_open ON OrleansStorage (GrainIdExtensionString)
WHERE GrainTypeString = 'bulk' AND json_extract(PayloadBinary, '$.done') = 0;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('OrleansStorage', 'pool_tasks_dead', '10000 10000 2 1'),
  ('OrleansStorage', 'pool_workers_failing', '1000 1000'),
  ('OrleansStorage', 'pool_bulks_open', '10 1');
ANALYZE sqlite_master;
