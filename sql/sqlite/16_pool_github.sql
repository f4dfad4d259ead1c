-- One pull request serves one task: which task has it. Kept by the events of reports, in the transaction of the report itself, so that of
-- two tasks that name one pull request in the same instant the second is refused. A task that lets go of it (a new lease begins without
-- what an earlier holder produced) gives it up. Keys are addresses in lower case.
CREATE TABLE pool_pull_requests
(
  pr_key  TEXT NOT NULL PRIMARY KEY,
  task_id TEXT NOT NULL
) WITHOUT ROWID;

INSERT OR IGNORE INTO pool_pull_requests SELECT lower(pr_url), task_id FROM pool_tasks WHERE pr_url IS NOT NULL;

CREATE TRIGGER pool_pull_requests_of_events AFTER INSERT ON pool_events
WHEN NEW.type IN ('task.started', 'task.blocked', 'task.noted', 'task.pr_opened', 'task.merged')
  AND json_extract(NEW.details, '$.pr_url') IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'one pull request serves one task')
  FROM pool_pull_requests AS taken
  JOIN OrleansStorage AS task ON task.GrainTypeString = 'task' AND task.GrainIdExtensionString = taken.task_id
  WHERE taken.pr_key = lower(json_extract(NEW.details, '$.pr_url')) AND taken.task_id <> NEW.target
    AND lower(json_extract(task.PayloadBinary, '$.artifact.pr_url')) = taken.pr_key;
  INSERT INTO pool_pull_requests (pr_key, task_id) VALUES (lower(json_extract(NEW.details, '$.pr_url')), NEW.target)
  ON CONFLICT (pr_key) DO UPDATE SET task_id = excluded.task_id WHERE task_id <> excluded.task_id;
END;

-- Deliveries of GitHub's webhook, stored before they are acknowledged and kept a while afterwards: the same delivery again has no second
-- effect. `signal` is what was read from the body (JSON); null where the delivery says nothing to the pool.
CREATE TABLE github_deliveries
(
  id          INTEGER PRIMARY KEY,
  delivery_id TEXT NOT NULL UNIQUE,
  event       TEXT NOT NULL,
  received_at TEXT NOT NULL,
  state       TEXT NOT NULL,
  due_at      TEXT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  outcome     TEXT NULL,
  signal      TEXT NULL
);

CREATE INDEX github_deliveries_due ON github_deliveries (due_at) WHERE state = 'pending';
CREATE INDEX github_deliveries_by_time ON github_deliveries (received_at);

-- The latest that GitHub said of a pull request: what came earlier and arrives later is known by it.
CREATE TABLE github_pull_requests
(
  pr_key  TEXT NOT NULL PRIMARY KEY,
  seen_at TEXT NOT NULL,
  signal  TEXT NOT NULL
);

CREATE INDEX github_pull_requests_by_time ON github_pull_requests (seen_at);
