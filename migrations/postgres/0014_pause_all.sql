-- Monitors that were paused all at once, so that just these go on together.
ALTER TABLE file_monitors ADD COLUMN paused_with_all BOOLEAN NOT NULL DEFAULT FALSE
    CHECK (NOT paused_with_all OR state = 'paused');
