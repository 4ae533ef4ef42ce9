-- Tokens that may be presented once. Times are whole seconds since 1970-01-01T00:00:00Z.
CREATE TABLE IF NOT EXISTS jwt_replays (
    token_key TEXT NOT NULL PRIMARY KEY,
    needed_until BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS jwt_replays_needed_until ON jwt_replays (needed_until);
