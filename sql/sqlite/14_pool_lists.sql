-- Lists. Rows of tasks, workers and repos are never removed, so a row's Id is its place in the order of creation, for ever: a page ends at an Id.
-- The first column of each index is constant; it is there for the Ids of one kind, in order, among all that the table holds. No update
-- of a row touches them: neither column depends on the payload.
CREATE INDEX pool_tasks_in_order ON OrleansStorage (GrainTypeString) WHERE GrainTypeString = 'task';
CREATE INDEX pool_workers_in_order ON OrleansStorage (GrainTypeString) WHERE GrainTypeString = 'worker';

-- Batches of tasks that are accepted and not yet worked off: few at any time. What finds them after a crash.
CREATE INDEX pool_batches_open ON OrleansStorage (GrainIdExtensionString)
WHERE GrainTypeString = 'batch' AND json_extract(PayloadBinary, '$.done') = 0;

-- As for the other indexes: round figures, so that the planner does not take "all tasks" for a good way to the tasks of one repo.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('OrleansStorage', 'pool_tasks_in_order', '900000 900000'),
  ('OrleansStorage', 'pool_workers_in_order', '100000 100000'),
  ('OrleansStorage', 'pool_batches_open', '10 1');
ANALYZE sqlite_master;
