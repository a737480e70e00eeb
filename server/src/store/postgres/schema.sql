CREATE TABLE IF NOT EXISTS steady_sessions (
    id bytea PRIMARY KEY,
    owner bytea NOT NULL,
    secret bytea NOT NULL,
    previous_owner bytea,
    previous_secret bytea,
    attempt bigint NOT NULL,
    identity bytea NOT NULL,
    life bigint NOT NULL,
    own_window bigint NOT NULL,
    peer_window bigint NOT NULL,
    handled bigint NOT NULL,
    handled_cost bigint NOT NULL,
    acked bigint NOT NULL,
    acked_cost bigint NOT NULL,
    accepted bigint NOT NULL,
    seq bigint NOT NULL,
    end_why text,
    end_handled bigint,
    expires timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS steady_sessions_expires ON steady_sessions (expires);

-- Messages that are not acknowledged. Kinds: 0 dropped, 1 text, 2 binary.
CREATE TABLE IF NOT EXISTS steady_messages (
    session bytea NOT NULL REFERENCES steady_sessions ON DELETE CASCADE,
    number bigint NOT NULL,
    kind smallint NOT NULL,
    cost bigint NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (session, number)
);
