-- What is still to be shown on GitHub. An event's rows are stored in one transaction with the position of the event log, so that each is
-- shown, and once. Comments are kept one by one; of a label or a commit status only the latest counts.
CREATE TABLE github_outbox
(
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  repo    TEXT NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('comment', 'label', 'status')),
  number  INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  at      TEXT NOT NULL,
  text    TEXT NOT NULL,
  tries   INTEGER NOT NULL DEFAULT 0,
  due_at  TEXT NOT NULL
);

CREATE UNIQUE INDEX github_outbox_comments ON github_outbox (repo, number, seq) WHERE kind = 'comment';
CREATE UNIQUE INDEX github_outbox_latest ON github_outbox (repo, kind, number) WHERE kind <> 'comment';
CREATE INDEX github_outbox_in_order ON github_outbox (repo, kind, number, id);
CREATE INDEX github_outbox_by_time ON github_outbox (at);

-- What the pool last showed of an issue (label) or a pull request (commit and status): it is not shown again, so what people change by
-- hand stays until there is something else to show.
CREATE TABLE github_shown
(
  repo   TEXT NOT NULL,
  kind   TEXT NOT NULL,
  number INTEGER NOT NULL,
  text   TEXT NOT NULL,
  at     TEXT NOT NULL,
  PRIMARY KEY (repo, kind, number)
) WITHOUT ROWID;

CREATE INDEX github_shown_by_time ON github_shown (at);
