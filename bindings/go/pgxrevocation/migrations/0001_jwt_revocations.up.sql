-- Tokens revoked before they expire. Times are whole seconds since 1970-01-01T00:00:00Z.
-- COLLATE "C" compares octets: an operating system's new locale cannot unsort the key's index.
CREATE TABLE IF NOT EXISTS jwt_revocations (
    jti TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    subject TEXT,
    token_expires_at BIGINT,
    revoked_at BIGINT NOT NULL,
    reason TEXT
);

CREATE INDEX IF NOT EXISTS jwt_revocations_token_expires_at ON jwt_revocations (token_expires_at);
