-- Reminders. Orleans ships no SQLite script for them; table and texts are ours, the parameters and columns are Orleans'.
-- Small rows with a natural key: WITHOUT ROWID keeps them in one tree.
-- GrainHash is Orleans' 32-bit ring hash as a signed integer; a silo reads the rows of its range, hence the index.
CREATE TABLE OrleansRemindersTable
(
  ServiceId    TEXT NOT NULL,
  GrainId      TEXT NOT NULL,
  ReminderName TEXT NOT NULL,
  StartTime    TEXT NOT NULL,
  Period       INTEGER NOT NULL,
  GrainHash    INTEGER NOT NULL,
  Version      INTEGER NOT NULL,
  PRIMARY KEY (ServiceId, GrainId, ReminderName)
) WITHOUT ROWID;

CREATE INDEX OrleansRemindersTable_ring ON OrleansRemindersTable (ServiceId, GrainHash);

-- Version is the ETag. It starts from the clock (seconds since 2024, fits 32 bits until 2092) and not from 0: a reminder deleted and
-- registered again must not come back with the ETag of its old schedule, or a refresh would take it for unchanged.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('UpsertReminderRowKey', '
INSERT INTO OrleansRemindersTable (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, strftime(''%s'', ''now'') - 1704067200)
ON CONFLICT (ServiceId, GrainId, ReminderName)
DO UPDATE SET StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash,
  Version = max(OrleansRemindersTable.Version + 1, excluded.Version)
RETURNING Version;');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadReminderRowsKey', '
SELECT GrainId, ReminderName, StartTime, Period, Version
FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainId = @GrainId;');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadReminderRowKey', '
SELECT GrainId, ReminderName, StartTime, Period, Version
FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName;');

-- A range that does not pass the end of the ring: begin < end, begin excluded, end included.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadRangeRows1Key', '
SELECT GrainId, ReminderName, StartTime, Period, Version
FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainHash > @BeginHash AND GrainHash <= @EndHash;');

-- A range that passes the end of the ring; begin = end is the whole ring.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadRangeRows2Key', '
SELECT GrainId, ReminderName, StartTime, Period, Version
FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND (GrainHash > @BeginHash OR GrainHash <= @EndHash);');

-- Orleans takes the first row's only column as "was it deleted": there must be one row also when nothing was, so RETURNING won't do.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteReminderRowKey', '
DELETE FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName AND Version = @Version;
SELECT changes();');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteReminderRowsKey', '
DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId;');
