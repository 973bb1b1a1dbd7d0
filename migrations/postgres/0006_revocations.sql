-- What revokes a key when it is published: sealed, since whoever has it can do that.
ALTER TABLE pgp_keys ADD COLUMN revocation_certificate BYTEA;
