-- Repos by the repository on GitHub that they stand for: GitHub's events are told by its id, names may lead elsewhere.
CREATE INDEX pool_repos_by_github_id ON OrleansStorage (json_extract(PayloadBinary, '$.github.id'))
WHERE GrainTypeString = 'repo' AND json_extract(PayloadBinary, '$.github.id') IS NOT NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('OrleansStorage', 'pool_repos_by_github_id', '1000 1');
ANALYZE sqlite_master;
