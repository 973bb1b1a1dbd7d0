-- Telling of events: what each is about, which node is at it, and what was counted instead of told.
ALTER TABLE event_deliveries ADD COLUMN event_type TEXT CHECK (event_type <> '');
-- The job, chain, monitor, key or connection; what is about one is told in order.
ALTER TABLE event_deliveries ADD COLUMN subject_id UUID;
ALTER TABLE event_deliveries ADD COLUMN claimed_by UUID;
ALTER TABLE event_deliveries ADD COLUMN claimed_until TIMESTAMPTZ
    CHECK ((claimed_until IS NULL) = (claimed_by IS NULL) AND (claimed_by IS NULL OR state = 'pending'));
-- When what was counted is told in one, unless it is over by then.
ALTER TABLE event_deliveries ADD COLUMN repeat_at TIMESTAMPTZ CHECK (repeat_at IS NULL OR state = 'suppressed');
-- The first failure after which nothing has come that says that it is over.
ALTER TABLE event_deliveries ADD COLUMN awaits_recovery BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX event_deliveries_line ON event_deliveries (rule_id, subject_id, event_type, event_id);
CREATE INDEX event_deliveries_waiting ON event_deliveries (rule_id, subject_id, event_id) WHERE state = 'pending';
CREATE INDEX event_deliveries_repeat ON event_deliveries (repeat_at) WHERE repeat_at IS NOT NULL;
CREATE INDEX event_deliveries_open ON event_deliveries (rule_id, subject_id) WHERE awaits_recovery;
