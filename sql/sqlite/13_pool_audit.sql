-- The audit log, to be searched and to be believed.

-- Each filter of GET /v1/audit/events. Within one value the entries lie in order of seq, so that a page of the newest is read as it lies.
CREATE INDEX pool_events_by_type ON pool_events (type);
CREATE INDEX pool_events_by_actor ON pool_events (actor);
CREATE INDEX pool_events_by_target ON pool_events (target);
CREATE INDEX pool_events_by_repo ON pool_events (repo) WHERE repo IS NOT NULL;

-- The chain: SHA-256 over the hash of the event before and the event itself. The writer seals what a transaction has appended just before
-- it commits it, so that statements that were rolled back leave no trace. The bytes that are hashed, with nothing between them:
--   the hash before, 32 bytes (zeros before the first event ever);
--   seq, 8 bytes, big endian;
--   at, type, actor, target, repo, details: of each the length of its UTF-8 in 4 bytes, big endian, and the UTF-8 as it is stored;
--   a repo that is NULL: 0xFFFFFFFF and nothing more.
ALTER TABLE pool_events ADD COLUMN hash BLOB NULL;

-- One row. The head is kept apart from the events: who changes them, and every hash after them, has not changed it. The anchor is the
-- last event that retention has removed. low_at and high_at are of the events since the last whole span. The events of a database that
-- was made before the chain, those up to old_seq, are sealed when it is first opened; later ones only by the transaction that appends
-- them, so that what another tool has added does not become the pool's own.
CREATE TABLE pool_event_chain
(
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  head_seq    INTEGER NOT NULL,
  head_hash   BLOB NOT NULL,
  anchor_seq  INTEGER NOT NULL,
  anchor_hash BLOB NOT NULL,
  old_seq     INTEGER NOT NULL,
  low_at      TEXT NULL,
  high_at     TEXT NULL
);
INSERT INTO pool_event_chain (id, head_seq, head_hash, anchor_seq, anchor_hash, old_seq)
SELECT 1, 0, zeroblob(32), 0, zeroblob(32), COALESCE(max(seq), 0) FROM pool_events;

-- The earliest and the latest instant of every 1,000 events. Clocks may step back, so seq does not order by time; but a range of time
-- is found through these few rows as a range of seq, in which then each event is looked at. An index on `at` would cost every event.
CREATE TABLE pool_event_spans
(
  last_seq INTEGER PRIMARY KEY,
  low_at   TEXT NOT NULL,
  high_at  TEXT NOT NULL
);
