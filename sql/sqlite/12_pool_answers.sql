-- Answers to idempotency keys are removed a day after they were given, oldest first. They are written once, so this index costs nothing
-- to any other row and one entry to theirs.
CREATE INDEX pool_answers_by_time ON OrleansStorage (json_extract(PayloadBinary, '$.at')) WHERE GrainTypeString = 'answer';
