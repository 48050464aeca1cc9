-- The index of a vault. What identifies a patient or a record's content stands
-- here only as an HMAC under the index secret or inside an envelope; the other
-- columns are what the ledger shows anyway, or numbers of this vault.

-- keys numbers the vault's identities; the identities themselves are elsewhere.
CREATE TABLE keys (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,  -- start of the SHA-256 digest of the recipient
  secret     BLOB NOT NULL,         -- age file: the secret of its records' lookups, 32 bytes
  idle_since INTEGER,               -- when the last envelope left it, Unix nanoseconds
  destroyed  INTEGER                -- when it was destroyed, Unix nanoseconds
) STRICT;

-- vault is one row: to whom the index belongs, its counters and its secret.
CREATE TABLE vault (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  format       INTEGER NOT NULL,
  chain_id     TEXT NOT NULL,
  institution  INTEGER NOT NULL,
  last_subject INTEGER NOT NULL,
  last_batch   INTEGER NOT NULL,
  secret       BLOB NOT NULL,       -- age file: the index secret, 32 bytes
  secret_key   INTEGER NOT NULL REFERENCES keys(number)
) STRICT;

CREATE TABLE subjects (
  number  INTEGER PRIMARY KEY,
  patient BLOB NOT NULL UNIQUE      -- HMAC of the patient
) STRICT;

CREATE TABLE batches (
  number      INTEGER PRIMARY KEY,
  seed        BLOB NOT NULL,        -- of the padding, 32 bytes
  leaves      INTEGER NOT NULL,     -- records in it
  size        INTEGER NOT NULL,     -- leaves with the padding
  root        BLOB NOT NULL,
  sealed_at   INTEGER NOT NULL,     -- Unix nanoseconds
  height      INTEGER,              -- NULL until anchored
  anchored_at INTEGER               -- block time, Unix nanoseconds
) STRICT;
CREATE INDEX batches_pending ON batches(number) WHERE height IS NULL;

CREATE TABLE records (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  subject    INTEGER REFERENCES subjects(number),  -- NULL for a dataset
  class      INTEGER NOT NULL,
  size_class INTEGER NOT NULL,
  content    BLOB NOT NULL,         -- commitments, 32 bytes each
  sealed     BLOB NOT NULL,
  life       INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0, 1, 2)), -- kept, erasing, erased
  seen       BLOB,                  -- HMAC against duplicates, under the secret of the
                                    -- envelope's key; NULL once erased
  batch      INTEGER REFERENCES batches(number),   -- NULL while staged
  leaf       INTEGER,
  blob       TEXT,                  -- key of a large body in the blob store
  digest     BLOB,                  -- SHA-256 of the encrypted body; NULL: reference
  size       INTEGER NOT NULL,      -- of the encrypted body in bytes
  hold       TEXT,                  -- reason code of a legal hold
  basis      TEXT,                  -- code of the legal basis of the erasure
  erased_at  INTEGER                -- Unix nanoseconds
) STRICT;
CREATE UNIQUE INDEX records_seen    ON records(seen) WHERE seen IS NOT NULL;
CREATE UNIQUE INDEX records_blob    ON records(blob) WHERE blob IS NOT NULL;
CREATE UNIQUE INDEX records_leaf    ON records(batch, leaf) WHERE batch IS NOT NULL;
CREATE INDEX        records_subject ON records(subject, id) WHERE subject IS NOT NULL;
CREATE INDEX        records_staged  ON records(id) WHERE batch IS NULL AND life = 0;
CREATE INDEX        records_erasing ON records(id) WHERE life = 1;

-- envelopes are apart from records, so that public facts are read without them.
CREATE TABLE envelopes (
  record INTEGER PRIMARY KEY REFERENCES records(id),
  key    INTEGER NOT NULL REFERENCES keys(number),
  age    BLOB NOT NULL
) STRICT;
CREATE INDEX envelopes_key ON envelopes(key, record);

-- bodies holds the small ones: a file or an object for each would cost more than
-- all the rest of a record.
CREATE TABLE bodies (
  record INTEGER PRIMARY KEY REFERENCES records(id),
  age    BLOB NOT NULL
) STRICT;

-- consents holds the sealed parts of consents.
CREATE TABLE consents (
  sealed BLOB PRIMARY KEY,          -- the commitment on the ledger, 32 bytes
  key    INTEGER NOT NULL REFERENCES keys(number),
  age    BLOB NOT NULL
) STRICT;

-- journal is what was released in emergencies while the ledger was out of reach,
-- entries as the ledger will have them.
CREATE TABLE journal (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  entry     BLOB NOT NULL,
  signature BLOB NOT NULL,          -- of the vault's account over the journal's head
  requester TEXT NOT NULL,
  at        INTEGER NOT NULL,       -- Unix nanoseconds
  reported  INTEGER                 -- height of the block that told of it, or NULL
) STRICT;

-- documents are texts whose digests stand on the ledger, such as descriptions of works
-- and terms of licences. What is here is served to all participants.
CREATE TABLE documents (
  digest     BLOB PRIMARY KEY,      -- SHA-256 of the content
  media_type TEXT NOT NULL,         -- as RFC 9110 has it
  content    BLOB NOT NULL,
  made_at    INTEGER NOT NULL       -- Unix nanoseconds
) STRICT;

-- works are lists of records that are claimed, licensed or attested as one work.
CREATE TABLE works (
  root        BLOB PRIMARY KEY,     -- of the tree over the records' ids, 32 bytes
  size        INTEGER NOT NULL,
  description BLOB REFERENCES documents(digest), -- DataCite 4 as JSON
  made_at     INTEGER NOT NULL      -- Unix nanoseconds
) STRICT;
CREATE TABLE work_records (
  root        BLOB NOT NULL REFERENCES works(root),
  place       INTEGER NOT NULL,     -- from 1
  institution INTEGER NOT NULL,
  batch       INTEGER NOT NULL,
  leaf        INTEGER NOT NULL,
  PRIMARY KEY (root, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX work_records_id ON work_records(root, institution, batch, leaf);

-- work_notices is what the ledger was told of this institution's records in works.
CREATE TABLE work_notices (
  institution INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  cause       INTEGER NOT NULL,     -- as x/copyright has them
  batch       INTEGER NOT NULL,
  leaf        INTEGER NOT NULL,
  PRIMARY KEY (institution, number, cause, batch, leaf)
) STRICT, WITHOUT ROWID;

-- fingerprints are what copies of records are found by, made when first asked for.
CREATE TABLE fingerprints (
  record INTEGER NOT NULL REFERENCES records(id),
  shared TEXT NOT NULL,             -- tells the key shared with other institutions; empty if it hangs on none
  key    INTEGER NOT NULL REFERENCES keys(number),
  sealed BLOB NOT NULL,             -- AES-256-GCM under the secret of that key
  PRIMARY KEY (record, shared)
) STRICT;
CREATE INDEX fingerprints_key ON fingerprints(key);

-- copies is who asked about which work, and what near-duplicates were found.
CREATE TABLE copies (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  peer     INTEGER NOT NULL,        -- the other institution
  asked    INTEGER NOT NULL CHECK (asked IN (0, 1)), -- whether it asked, or this vault
  claimant INTEGER NOT NULL,        -- the work on the ledger
  work     INTEGER NOT NULL,
  items    INTEGER NOT NULL,        -- records that were asked about
  prints   INTEGER NOT NULL,        -- their fingerprints
  at       INTEGER NOT NULL,        -- Unix nanoseconds
  found    TEXT                     -- JSON, numbers of records; NULL without an answer
) STRICT;
CREATE INDEX copies_peer ON copies(peer, at);

-- recipients is who got a secret or an opening, for notices of erasure.
CREATE TABLE recipients (
  id      INTEGER PRIMARY KEY,
  record  INTEGER NOT NULL REFERENCES records(id),
  address TEXT NOT NULL,
  what    TEXT NOT NULL CHECK (what IN ('secret', 'opening')),
  at      INTEGER NOT NULL          -- Unix nanoseconds
) STRICT;
CREATE INDEX recipients_record ON recipients(record);
