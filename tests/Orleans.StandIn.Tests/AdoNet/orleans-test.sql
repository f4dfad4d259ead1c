-- The smallest schema that meets the query contracts of Orleans' ADO.NET providers: one-statement writes, unique keys.
CREATE TABLE OrleansQuery (QueryKey TEXT NOT NULL PRIMARY KEY, QueryText TEXT NOT NULL);

CREATE TABLE OrleansStorage (
  ServiceId TEXT NOT NULL, GrainTypeString TEXT NOT NULL, GrainIdN0 INTEGER NOT NULL, GrainIdN1 INTEGER NOT NULL,
  GrainIdExtensionString TEXT NOT NULL, GrainIdHash INTEGER NOT NULL, GrainTypeHash INTEGER NOT NULL,
  PayloadBinary BLOB, Version INTEGER NOT NULL,
  PRIMARY KEY (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString));

CREATE TABLE OrleansRemindersTable (
  ServiceId TEXT NOT NULL, GrainId TEXT NOT NULL, ReminderName TEXT NOT NULL, StartTime TEXT NOT NULL, Period INTEGER NOT NULL,
  GrainHash INTEGER NOT NULL, Version INTEGER NOT NULL, PRIMARY KEY (ServiceId, GrainId, ReminderName));

CREATE TABLE ReminderVersion (Last INTEGER NOT NULL);
INSERT INTO ReminderVersion VALUES (0);

INSERT INTO OrleansQuery VALUES ('WriteToStorageKey', '
INSERT INTO OrleansStorage
SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @GrainIdHash, @GrainTypeHash, @PayloadBinary, 1
WHERE @GrainStateVersion IS NULL OR EXISTS (SELECT 1 FROM OrleansStorage WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, ''''))
ON CONFLICT (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString)
DO UPDATE SET PayloadBinary = excluded.PayloadBinary, Version = OrleansStorage.Version + 1 WHERE OrleansStorage.Version = @GrainStateVersion
RETURNING Version AS NewGrainStateVersion;');

INSERT INTO OrleansQuery VALUES ('ReadFromStorageKey', '
SELECT PayloadBinary, Version FROM OrleansStorage WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
  AND GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash;');

INSERT INTO OrleansQuery VALUES ('ClearStorageKey', '
UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1 WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
  AND Version = @GrainStateVersion AND @GrainIdHash IS NOT NULL AND @GrainTypeHash IS NOT NULL RETURNING Version;');

INSERT INTO OrleansQuery VALUES ('DeleteStorageKey', '
DELETE FROM OrleansStorage WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
  AND Version = @GrainStateVersion AND @GrainIdHash IS NOT NULL AND @GrainTypeHash IS NOT NULL RETURNING Version + 1;');

INSERT INTO OrleansQuery VALUES ('UpsertReminderRowKey', '
UPDATE ReminderVersion SET Last = Last + 1;
INSERT INTO OrleansRemindersTable SELECT @ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, Last FROM ReminderVersion WHERE true
ON CONFLICT (ServiceId, GrainId, ReminderName) DO UPDATE SET StartTime = excluded.StartTime, Period = excluded.Period, Version = excluded.Version
RETURNING Version;');

INSERT INTO OrleansQuery VALUES ('ReadReminderRowsKey', '
SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable WHERE ServiceId = @ServiceId AND GrainId = @GrainId;');

INSERT INTO OrleansQuery VALUES ('ReadReminderRowKey', '
SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName;');

INSERT INTO OrleansQuery VALUES ('ReadRangeRows1Key', '
SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND GrainHash > @BeginHash AND GrainHash <= @EndHash;');

INSERT INTO OrleansQuery VALUES ('ReadRangeRows2Key', '
SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
WHERE ServiceId = @ServiceId AND (GrainHash > @BeginHash OR GrainHash <= @EndHash);');

INSERT INTO OrleansQuery VALUES ('DeleteReminderRowKey', '
DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName AND Version = @Version;
SELECT changes();');

INSERT INTO OrleansQuery VALUES ('DeleteReminderRowsKey', 'DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId;');
