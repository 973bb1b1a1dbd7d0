-- The ways to a server: TLS from the first byte or later, proxies, jump hosts, and how much a server is asked at once.
ALTER TABLE connections ADD COLUMN tls_mode TEXT NOT NULL DEFAULT 'explicit' CHECK (tls_mode IN ('explicit', 'implicit'));
ALTER TABLE connections ADD COLUMN tls_version_ceiling TEXT CHECK (tls_version_ceiling IN ('tls_1_2', 'tls_1_3'));
ALTER TABLE connections ADD COLUMN session_limit INTEGER NOT NULL DEFAULT 4 CHECK (session_limit > 0);
ALTER TABLE connections ADD COLUMN transfer_profile TEXT NOT NULL DEFAULT 'auto' CHECK (transfer_profile IN ('auto', 'compat'));
ALTER TABLE connections ADD COLUMN rate_limit TEXT;
ALTER TABLE connections ADD COLUMN jump_connection_id BLOB REFERENCES connections (id);
ALTER TABLE connections ADD COLUMN proxy TEXT;
ALTER TABLE connections ADD COLUMN proxy_password_encrypted BLOB;
-- What sessions found out about the server; none means nothing yet.
ALTER TABLE connections ADD COLUMN learned TEXT;
CREATE INDEX connections_jump ON connections (jump_connection_id) WHERE jump_connection_id IS NOT NULL;
