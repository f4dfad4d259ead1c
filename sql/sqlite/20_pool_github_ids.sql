-- Repos by the repository on GitHub that they stand for: GitHub's events are told by its id, names may lead elsewhere.
CREATE INDEX pool_repos_by_github_id ON OrleansStorage (json_extract(PayloadBinary, '$.github.id'))
WHERE GrainTypeString = 'repo' AND json_extract(PayloadBinary, '$.github.id') IS NOT NULL;

-- Tasks of which GitHub said what could not be done yet, by the worker that it waits for: few.
CREATE INDEX pool_tasks_by_wish ON OrleansStorage (json_extract(PayloadBinary, '$.wish.worker_id'))
WHERE GrainTypeString = 'task' AND json_extract(PayloadBinary, '$.wish.worker_id') IS NOT NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('OrleansStorage', 'pool_repos_by_github_id', '1000 1'),
  ('OrleansStorage', 'pool_tasks_by_wish', '1000 10');
ANALYZE sqlite_master;
