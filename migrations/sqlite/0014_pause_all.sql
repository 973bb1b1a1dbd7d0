-- Monitors that were paused all at once, so that just these go on together.
ALTER TABLE file_monitors ADD COLUMN paused_with_all INTEGER NOT NULL DEFAULT 0
    CHECK (paused_with_all = 0 OR (paused_with_all = 1 AND state = 'paused'));
