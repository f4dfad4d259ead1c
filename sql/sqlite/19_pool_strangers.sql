-- Workers that are not offline: few, among all that ever registered. Who else could take a task is asked of them.
CREATE INDEX pool_workers_online ON OrleansStorage (GrainTypeString)
WHERE GrainTypeString = 'worker' AND json_extract(PayloadBinary, '$.status') <> 'offline';

-- Tasks that are merged by their worker's word alone: they are counted, and found when a worker's work is undone. Only rows of merged
-- tasks are parsed for it.
CREATE INDEX pool_tasks_merged_unconfirmed ON OrleansStorage (task_worker, task_repo)
WHERE task_phase = 'merged' AND json_extract(PayloadBinary, '$.confirmed_by') IS NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('OrleansStorage', 'pool_workers_online', '1000 1000'),
  ('OrleansStorage', 'pool_tasks_merged_unconfirmed', '100000 1000 500');
ANALYZE sqlite_master;
