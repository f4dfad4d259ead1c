-- How far each consumer of the event log has come that must miss nothing across restarts: one row a consumer, moved forward only.
CREATE TABLE pool_cursors
(
  name TEXT NOT NULL PRIMARY KEY,
  seq  INTEGER NOT NULL CHECK (seq >= 0)
) WITHOUT ROWID;

-- What workers say while they work. Not a change of the pool, so no event is written with it. `id` grows with time over all tasks and is
-- never used twice: it is the place where a reader goes on, and the oldest lines of all are found without an index on the clock.
-- `lines_to` and `bytes_to` count the task's lines and the bytes of their messages up to and with this one, those that were removed
-- included: how much lies between two lines is a difference, with nothing to add up.
CREATE TABLE pool_task_logs
(
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id  TEXT NOT NULL,
  at       TEXT NOT NULL,
  stored   TEXT NOT NULL,
  worker   TEXT NOT NULL,
  token    INTEGER NOT NULL,
  level    TEXT NOT NULL,
  stage    TEXT NULL,
  message  TEXT NOT NULL,
  lines_to INTEGER NOT NULL,
  bytes_to INTEGER NOT NULL
);

-- An index ends with the row's id, so this one also gives a task's lines in order.
CREATE INDEX pool_task_logs_by_task ON pool_task_logs (task_id);
