-- Workers that are not offline: few, among all that ever registered. Who else could take a task is asked of them.
CREATE INDEX pool_workers_online ON OrleansStorage (GrainTypeString)
WHERE GrainTypeString = 'worker' AND json_extract(PayloadBinary, '$.status') <> 'offline';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('OrleansStorage', 'pool_workers_online', '1000 1000');
ANALYZE sqlite_master;
