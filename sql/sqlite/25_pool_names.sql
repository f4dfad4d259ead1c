-- Workers by name: maintainers say "ada" where the pool says w_7f3k…. Exact and case-sensitive; several workers may have one name.
CREATE INDEX pool_workers_by_name ON OrleansStorage (json_extract(PayloadBinary, '$.name')) WHERE GrainTypeString = 'worker';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('OrleansStorage', 'pool_workers_by_name', '100000 2');
ANALYZE sqlite_master;
