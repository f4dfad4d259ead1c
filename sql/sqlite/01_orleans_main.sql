-- The query texts that Orleans' ADO.NET providers load at start and then send as they are. Every text below is written by us: no text
-- opens or ends a transaction, because the writer thread batches the statements of many callers into one transaction of its own.
CREATE TABLE OrleansQuery
(
  QueryKey  TEXT NOT NULL PRIMARY KEY,
  QueryText TEXT NOT NULL
) WITHOUT ROWID;
