-- Tokens revoked before they expire. Times are whole seconds since 1970-01-01T00:00:00Z.
CREATE TABLE IF NOT EXISTS jwt_revocations (
    jti TEXT NOT NULL PRIMARY KEY,
    subject TEXT,
    token_expires_at BIGINT,
    revoked_at BIGINT NOT NULL,
    reason TEXT
);

CREATE INDEX IF NOT EXISTS jwt_revocations_token_expires_at ON jwt_revocations (token_expires_at);
