-- One row: what the nodes of an installation have in common.
CREATE TABLE installation (
    is_only    boolean     PRIMARY KEY DEFAULT true CHECK (is_only),
    id         uuid        NOT NULL,
    -- RFC 4193: random, so that two installations can be joined one day.
    ula_prefix cidr        NOT NULL CHECK (family(ula_prefix) = 6 AND masklen(ula_prefix) = 48),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE zones (
    id             smallint PRIMARY KEY,
    name           text     NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    port           integer  NOT NULL CHECK (port BETWEEN 1 AND 65535),
    network4       cidr     NOT NULL CHECK (family(network4) = 4),
    network6       cidr     NOT NULL CHECK (family(network6) = 6),
    mtu            integer  NOT NULL CHECK (mtu BETWEEN 1280 AND 65535),
    interface_name text     NOT NULL,
    public_key     bytea    NOT NULL CHECK (octet_length(public_key) = 32),
    -- Nonce, ciphertext, tag; sealed under the key file that private_key_id names.
    private_key    bytea    NOT NULL CHECK (octet_length(private_key) = 12 + 32 + 16),
    private_key_id text     NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT zones_network4_excl EXCLUDE USING gist (network4 inet_ops WITH &&) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT zones_network6_excl EXCLUDE USING gist (network6 inet_ops WITH &&) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE peers (
    id               uuid        PRIMARY KEY, -- version 7: ordered by creation, which the paging stands on
    zone_id          smallint    NOT NULL REFERENCES zones,
    name             text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 63),
    public_key       bytea       NOT NULL CHECK (octet_length(public_key) = 32),
    preshared_key    bytea       CHECK (octet_length(preshared_key) = 12 + 32 + 16),
    preshared_key_id text,
    enabled          boolean     NOT NULL DEFAULT true,
    notes            text        NOT NULL DEFAULT '' CHECK (char_length(notes) <= 4096),
    labels           jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    version          bigint      NOT NULL DEFAULT 1,
    CONSTRAINT peers_name_key UNIQUE (zone_id, name),
    -- Per zone, not over all: a key names a peer of one interface (a zone is one), and a device that is
    -- in two zones may do so with one key pair, as WireGuard allows.
    CONSTRAINT peers_public_key_key UNIQUE (zone_id, public_key),
    CHECK ((preshared_key IS NULL) = (preshared_key_id IS NULL))
);
CREATE INDEX peers_zone_id_id_idx ON peers (zone_id, id);

-- An address belongs to a peer, or rests after its peer has let go of it.
CREATE TABLE peer_addresses (
    -- Over all zones: their networks are routed on one node, and do not overlap.
    address     inet        PRIMARY KEY CHECK (masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END),
    zone_id     smallint    NOT NULL REFERENCES zones,
    -- Its number within the zone's network; a peer has the same one in both families, unless chosen otherwise.
    host        bigint      NOT NULL CHECK (host > 1),
    peer_id     uuid        REFERENCES peers,
    released_at timestamptz,
    CHECK ((peer_id IS NULL) = (released_at IS NOT NULL))
);
CREATE INDEX peer_addresses_peer_id_idx ON peer_addresses (peer_id);
CREATE INDEX peer_addresses_zone_id_host_idx ON peer_addresses (zone_id, host);
CREATE INDEX peer_addresses_released_idx ON peer_addresses (zone_id, released_at) WHERE peer_id IS NULL;

-- The first number of each zone that was never given out. Its row is the lock of the zone's addresses.
CREATE TABLE address_pools (
    zone_id   smallint PRIMARY KEY REFERENCES zones,
    next_host bigint   NOT NULL DEFAULT 2 CHECK (next_host >= 2)
);

-- Takes a number for a peer: one that was never used, else the one that has rested longest, else null.
-- Called within a statement; the row lock makes callers wait for each other, and each query in here sees
-- what the one before has committed.
CREATE FUNCTION take_host(zone smallint, last_host bigint, quarantine interval) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    candidate bigint;
BEGIN
    SELECT next_host INTO STRICT candidate FROM address_pools WHERE zone_id = zone FOR UPDATE;
    -- Skips those that somebody has chosen.
    WHILE candidate <= last_host
        AND EXISTS (SELECT FROM peer_addresses WHERE zone_id = zone AND host = candidate) LOOP
        candidate := candidate + 1;
    END LOOP;
    UPDATE address_pools SET next_host = candidate + 1 WHERE zone_id = zone AND candidate <= last_host;
    IF candidate <= last_host THEN
        RETURN candidate;
    END IF;

    SELECT rested.host INTO candidate FROM peer_addresses rested
    WHERE rested.zone_id = zone AND rested.peer_id IS NULL AND rested.released_at <= now() - quarantine
      AND rested.host <= last_host
      AND NOT EXISTS (
          SELECT FROM peer_addresses other
          WHERE other.zone_id = zone AND other.host = rested.host
            AND (other.peer_id IS NOT NULL OR other.released_at > now() - quarantine))
    ORDER BY rested.released_at LIMIT 1;
    DELETE FROM peer_addresses WHERE zone_id = zone AND host = candidate;
    RETURN candidate;
END $$;

CREATE FUNCTION release_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE peer_addresses SET peer_id = NULL, released_at = now() WHERE peer_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER peers_release_addresses BEFORE DELETE ON peers
    FOR EACH ROW EXECUTE FUNCTION release_addresses();

-- Tells every node which peer to look at again; PostgreSQL sends it at the commit, once per peer.
CREATE FUNCTION notify_peer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('wiregate_peer', coalesce(NEW.id, OLD.id)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER peers_notify AFTER INSERT OR UPDATE OR DELETE ON peers
    FOR EACH ROW EXECUTE FUNCTION notify_peer();

CREATE FUNCTION notify_peer_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.peer_id IS NOT NULL THEN
        PERFORM pg_notify('wiregate_peer', OLD.peer_id::text);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.peer_id IS NOT NULL THEN
        PERFORM pg_notify('wiregate_peer', NEW.peer_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER peer_addresses_notify AFTER INSERT OR UPDATE OR DELETE ON peer_addresses
    FOR EACH ROW EXECUTE FUNCTION notify_peer_of_address();

CREATE TABLE tokens (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL,
    -- SHA-256 of 256 random bits: no salt and no slow hash is needed for those.
    hash         bytea       NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    role         text        NOT NULL CHECK (role IN ('admin', 'operator', 'auditor')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz
);

-- The answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotent_requests (
    token_id     uuid        NOT NULL REFERENCES tokens ON DELETE CASCADE,
    key          text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    status       integer,
    location     text,
    etag         text,
    body         text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotent_requests_created_at_idx ON idempotent_requests (created_at);
