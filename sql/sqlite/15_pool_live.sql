-- How far each consumer of the event log has come that must miss nothing across restarts: one row a consumer, moved forward only.
CREATE TABLE pool_cursors
(
  name TEXT NOT NULL PRIMARY KEY,
  seq  INTEGER NOT NULL CHECK (seq >= 0)
) WITHOUT ROWID;

-- What workers say while they work. Not a change of the pool, so no event is written with it. Lines are numbered from 1 in each task and
-- a number is never used twice; the oldest lines of a task go when it has too many. `id` grows with time, so the oldest of all are found
-- without an index on the clock. `bytes_to` is the size of all messages of the task up to and with this line, those that went included:
-- the difference of two lines is what lies between them, with nothing to add up.
CREATE TABLE pool_task_logs
(
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id  TEXT NOT NULL,
  n        INTEGER NOT NULL,
  at       TEXT NOT NULL,
  stored   TEXT NOT NULL,
  worker   TEXT NOT NULL,
  token    INTEGER NOT NULL,
  level    TEXT NOT NULL,
  stage    TEXT NULL,
  message  TEXT NOT NULL,
  bytes_to INTEGER NOT NULL,
  UNIQUE (task_id, n)
);
