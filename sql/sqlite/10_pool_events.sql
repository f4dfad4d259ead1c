-- The audit log: one row for every change of a task, worker or repo, written by the same statement that writes the change. Readers
-- follow `seq`; AUTOINCREMENT because a number must never be used twice, and with one writer `seq` order is commit order.
CREATE TABLE pool_events
(
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  at      TEXT NOT NULL,
  type    TEXT NOT NULL,
  actor   TEXT NOT NULL,
  target  TEXT NOT NULL,
  repo    TEXT NULL,
  details TEXT NOT NULL
);

-- A state carries the events of the transition that it is the result of. For tasks, workers and repos a state without one is
-- refused: there is no way to change them that leaves no trace. Nearly every write has exactly one event, so that one is taken by
-- path, at 3 us; json_each, at twice that, is opened only if there are more.
CREATE TRIGGER pool_events_of_insert AFTER INSERT ON OrleansStorage
WHEN NEW.GrainTypeString IN ('task', 'worker', 'repo') OR json_extract(NEW.events, '$[0]') IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'state written without an event') WHERE json_extract(NEW.events, '$[0].type') IS NULL;
  INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES
  (
    json_extract(NEW.events, '$[0].at'), json_extract(NEW.events, '$[0].type'), json_extract(NEW.events, '$[0].actor'),
    json_extract(NEW.events, '$[0].target'), json_extract(NEW.events, '$[0].repo'),
    COALESCE(json_extract(NEW.events, '$[0].details'), '{}')
  );
  INSERT INTO pool_events (at, type, actor, target, repo, details)
  SELECT json_extract(value, '$.at'), json_extract(value, '$.type'), json_extract(value, '$.actor'), json_extract(value, '$.target'),
    json_extract(value, '$.repo'), COALESCE(json_extract(value, '$.details'), '{}')
  FROM json_each(NEW.events) WHERE json_array_length(NEW.events) > 1 AND key > 0;
END;

CREATE TRIGGER pool_events_of_update AFTER UPDATE OF PayloadBinary ON OrleansStorage
WHEN NEW.GrainTypeString IN ('task', 'worker', 'repo') OR json_extract(NEW.events, '$[0]') IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'state written without an event') WHERE json_extract(NEW.events, '$[0].type') IS NULL;
  INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES
  (
    json_extract(NEW.events, '$[0].at'), json_extract(NEW.events, '$[0].type'), json_extract(NEW.events, '$[0].actor'),
    json_extract(NEW.events, '$[0].target'), json_extract(NEW.events, '$[0].repo'),
    COALESCE(json_extract(NEW.events, '$[0].details'), '{}')
  );
  INSERT INTO pool_events (at, type, actor, target, repo, details)
  SELECT json_extract(value, '$.at'), json_extract(value, '$.type'), json_extract(value, '$.actor'), json_extract(value, '$.target'),
    json_extract(value, '$.repo'), COALESCE(json_extract(value, '$.details'), '{}')
  FROM json_each(NEW.events) WHERE json_array_length(NEW.events) > 1 AND key > 0;
END;

-- The rows of the pool are never deleted; deleting one would be a change without an event.
CREATE TRIGGER pool_state_is_kept BEFORE DELETE ON OrleansStorage
WHEN OLD.GrainTypeString IN ('task', 'worker', 'repo')
BEGIN
  SELECT RAISE(ABORT, 'state deleted without an event');
END;
