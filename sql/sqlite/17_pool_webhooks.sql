-- Operators' own webhooks: where events of the log are sent. Secrets are sealed under a key that is not in the database. How far a hook has
-- come is in pool_cursors, as `webhook.` and its id; `stopped_at_seq` is where one that is disabled stopped.
CREATE TABLE pool_webhooks
(
  hook_id          TEXT NOT NULL PRIMARY KEY,
  url              TEXT NOT NULL,
  topics           TEXT NOT NULL,
  secret           TEXT NOT NULL,
  old_secret       TEXT NULL,
  old_secret_until TEXT NULL,
  state            TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
  reason           TEXT NULL,
  stopped_at_seq   INTEGER NULL,
  created_at       TEXT NOT NULL,
  changed_at       TEXT NOT NULL,
  changed_by       TEXT NOT NULL,
  delivered_at     TEXT NULL,
  failing_since    TEXT NULL,
  last_failure     TEXT NULL
) WITHOUT ROWID;

-- A hook is a setting: no change of it without its event, in the same transaction. What deliveries note about themselves is none.
CREATE TRIGGER pool_webhooks_of_insert AFTER INSERT ON pool_webhooks
BEGIN
  INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES
  (
    NEW.changed_at, 'webhook.created', NEW.changed_by, NEW.hook_id, NULL, json_object('url', NEW.url, 'topics', NEW.topics)
  );
END;

CREATE TRIGGER pool_webhooks_of_update AFTER UPDATE OF state, secret ON pool_webhooks
WHEN NEW.state <> OLD.state OR NEW.secret <> OLD.secret
BEGIN
  INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES
  (
    NEW.changed_at,
    CASE
      WHEN NEW.state = OLD.state THEN 'webhook.secret_rotated'
      WHEN NEW.state = 'active' THEN 'webhook.enabled'
      ELSE 'webhook.' || NEW.state
    END,
    NEW.changed_by, NEW.hook_id, NULL,
    json_object('url', NEW.url, 'state', NEW.state, 'state_before', OLD.state, 'reason', COALESCE(NEW.reason, ''))
  );
END;

CREATE TRIGGER pool_webhooks_are_deleted_with_an_event BEFORE DELETE ON pool_webhooks WHEN OLD.state <> 'deleted'
BEGIN
  SELECT RAISE(ABORT, 'webhook deleted without an event');
END;

-- Deliveries that were given up, until somebody has them sent again or the hook is deleted.
CREATE TABLE pool_webhook_dead_letters
(
  hook_id TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  type    TEXT NOT NULL,
  body    TEXT NOT NULL,
  tries   INTEGER NOT NULL,
  reason  TEXT NOT NULL,
  dead_at TEXT NOT NULL,
  PRIMARY KEY (hook_id, seq)
) WITHOUT ROWID;
