-- Labelry, schema 001. One file holds users, workspaces, datasets, records, vectors, suggestions, responses, history.
-- Times are milliseconds since 1970-01-01 UTC; a null time is unknown and older than any known one.
-- extra: JSON object of the keys of an imported file that this version does not know; they are exported again.
-- The views at the end (readable_*) show the same with names instead of keys.

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE user (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'annotator')),
    login TEXT,  -- the shared login name (root, ubuntu …) under which this person works here
    created_at INTEGER, disabled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE user_alias (uid TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES user (id)) STRICT;

CREATE TABLE workspace_user (
    workspace INTEGER NOT NULL REFERENCES workspace (id), user INTEGER NOT NULL REFERENCES user (id),
    PRIMARY KEY (workspace, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspace (id), name TEXT NOT NULL,
    hide TEXT NOT NULL DEFAULT 'others' CHECK (hide IN ('others', 'suggestions', 'both', 'none')),
    min_submitted INTEGER, record_order TEXT NOT NULL DEFAULT 'import',
    guidelines_version INTEGER NOT NULL DEFAULT 0,
    extra TEXT NOT NULL DEFAULT '{}', header_extra TEXT NOT NULL DEFAULT '{}', created_at INTEGER,
    UNIQUE (workspace, name)
) STRICT;

CREATE TABLE guidelines (
    dataset INTEGER NOT NULL REFERENCES dataset (id), version INTEGER NOT NULL, text TEXT NOT NULL, at INTEGER,
    PRIMARY KEY (dataset, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE field (
    dataset INTEGER NOT NULL REFERENCES dataset (id), position INTEGER NOT NULL,
    name TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'text',
    extra TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (dataset, position), UNIQUE (dataset, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE question (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
    dataset INTEGER NOT NULL REFERENCES dataset (id), position INTEGER NOT NULL,
    name TEXT NOT NULL, title TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('multi_label', 'label', 'rating', 'text', 'ranking', 'span')),
    required INTEGER NOT NULL, min INTEGER, max INTEGER,
    label_set INTEGER NOT NULL DEFAULT 1,  -- number of the present label set
    extra TEXT NOT NULL DEFAULT '{}',
    UNIQUE (dataset, name)
) STRICT;

-- position is the label's index; an index is never used again, a deleted label is retired.
-- A label was offered in label set s when since <= s and (retired is null or s < retired); of a set in exceptions
-- the contrary is true.
CREATE TABLE label (
    question INTEGER NOT NULL REFERENCES question (id), position INTEGER NOT NULL, uid TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
    key TEXT, label_group TEXT, exclusive INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 1, retired INTEGER,
    exceptions TEXT NOT NULL DEFAULT '[]',  -- JSON list of label sets of which the contrary is true: a merged file's
    changed_at INTEGER,
    extra TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (question, position), UNIQUE (question, value)
) STRICT, WITHOUT ROWID;

-- external_id is null where the file gave none; natural_key then comes from the fields and an occurrence number.
CREATE TABLE record (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, dataset INTEGER NOT NULL REFERENCES dataset (id),
    position INTEGER NOT NULL, external_id TEXT, natural_key TEXT NOT NULL,
    fields TEXT NOT NULL, metadata TEXT NOT NULL DEFAULT '{}', extra TEXT NOT NULL DEFAULT '{}',
    version INTEGER NOT NULL DEFAULT 1, changed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX record_by_key ON record (dataset, natural_key);
CREATE UNIQUE INDEX record_by_position ON record (dataset, position);

-- The texts of each record (rowid is the record), folded, for full-text search; the text itself is only in record.
-- No prefix index: it would be three fifths of this one, and nearly half of the time to make it, to find the records
-- with a beginning of three letters some milliseconds sooner.
CREATE VIRTUAL TABLE record_text USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE vector_space (
    id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id),
    name TEXT NOT NULL, dimensions INTEGER NOT NULL, extra TEXT NOT NULL DEFAULT '{}', UNIQUE (dataset, name)
) STRICT;

-- value: little-endian 32-bit floats, as given.
CREATE TABLE vector (
    space INTEGER NOT NULL REFERENCES vector_space (id), record INTEGER NOT NULL REFERENCES record (id),
    value BLOB NOT NULL, PRIMARY KEY (space, record)
) STRICT;

CREATE TABLE suggestion (
    record INTEGER NOT NULL REFERENCES record (id), question INTEGER NOT NULL REFERENCES question (id),
    agent TEXT NOT NULL, value TEXT NOT NULL, scores TEXT, extra TEXT NOT NULL DEFAULT '{}', at INTEGER,
    PRIMARY KEY (record, question, agent)
) STRICT, WITHOUT ROWID;

-- One per user, record and pass. saw_agents: JSON list of the agents whose suggestions were visible.
CREATE TABLE response (
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    user INTEGER NOT NULL REFERENCES user (id), record INTEGER NOT NULL REFERENCES record (id),
    pass INTEGER NOT NULL DEFAULT 1, uid TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'submitted', 'discarded')),
    reason TEXT, active_ms INTEGER, at INTEGER,
    guidelines_version INTEGER NOT NULL DEFAULT 0,
    saw_agents TEXT NOT NULL DEFAULT '[]', saw_others INTEGER NOT NULL DEFAULT 0,
    extra TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (record, user, pass)
) STRICT, WITHOUT ROWID;
CREATE INDEX response_by_user ON response (user, dataset, status, record);
CREATE INDEX response_seen ON response (dataset, status, saw_others, saw_agents)
    WHERE saw_others = 1 OR saw_agents <> '[]';

-- The answers of the response that stands, clustered as agreement reads them. status repeats the response's.
-- labels: little-endian bit set of the ticked label positions (an empty one is "none of these");
-- value: JSON, for every other kind of question. A single-label question has one bit set.
CREATE TABLE answer (
    question INTEGER NOT NULL REFERENCES question (id), record INTEGER NOT NULL REFERENCES record (id),
    user INTEGER NOT NULL REFERENCES user (id), pass INTEGER NOT NULL DEFAULT 1,
    status INTEGER NOT NULL,  -- 0 draft, 1 submitted, 2 discarded
    label_set INTEGER NOT NULL, labels BLOB, value TEXT,
    PRIMARY KEY (question, record, user, pass)
) STRICT, WITHOUT ROWID;

-- All else that one person holds about one record: version counts each save; working: JSON of changed ticks
-- beside a submitted or discarded response, not counted until handed in. stamps: JSON, by part (response, working,
-- note) the time and event that changed it last, [at, uid]: of two files the greater one stands. A response without a
-- stamp has its own time and uid for one. seen_*: whether others' answers and which
-- agents' suggestions were on the screen; once seen stays seen, an undo included.
CREATE TABLE mark (
    dataset INTEGER NOT NULL, user INTEGER NOT NULL REFERENCES user (id), record INTEGER NOT NULL REFERENCES record (id),
    version INTEGER NOT NULL DEFAULT 0, working TEXT, note TEXT, flag INTEGER NOT NULL DEFAULT 0,
    seen_others INTEGER NOT NULL DEFAULT 0, seen_agents TEXT NOT NULL DEFAULT '[]', extra TEXT NOT NULL DEFAULT '{}',
    stamps TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (user, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_working ON mark (user, dataset) WHERE working IS NOT NULL;
CREATE INDEX mark_flag ON mark (user, dataset) WHERE flag = 1;

-- A verdict is kept apart from responses and never counts as a rater's.
CREATE TABLE adjudication (
    record INTEGER NOT NULL REFERENCES record (id), question INTEGER NOT NULL REFERENCES question (id),
    user INTEGER NOT NULL REFERENCES user (id), value TEXT NOT NULL, reason TEXT, at INTEGER,
    extra TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (record, question)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (uid TEXT PRIMARY KEY, kind TEXT NOT NULL, at INTEGER) STRICT, WITHOUT ROWID;

-- What happened, only ever added to. step groups bulk edits; before and after are JSON; an undo or redo names
-- the event it reverses. Events of kind 'import' that name a record are replacements: user is whose entry was
-- replaced, and the event whose uid is the step says who imported.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
    user INTEGER REFERENCES user (id), session TEXT, at INTEGER, step TEXT NOT NULL,
    kind TEXT NOT NULL, dataset INTEGER, record INTEGER,
    before TEXT, after TEXT, reverses INTEGER REFERENCES event (seq)
) STRICT;
CREATE INDEX event_by_user ON event (user, dataset, seq);

-- What a step changed row by row, so that all of it can be taken back: merges, imports into what was there, moved
-- responses, labels, users. before and after: JSON list of the row's columns as the store names them for the table
-- (blobs in hexadecimal); null: there was none. 'record range' names the first and last record that an import made.
CREATE TABLE step_row (
    seq INTEGER PRIMARY KEY, step TEXT NOT NULL, table_name TEXT NOT NULL, before TEXT, after TEXT
) STRICT;
CREATE INDEX step_row_by_step ON step_row (step);
CREATE INDEX event_by_step ON event (step);

-- Counters, changed in the same transaction as what they count, so that nothing counts on open. 'question N' counts a
-- person's submitted answers of pass 1 to that question.
CREATE TABLE counter (
    dataset INTEGER NOT NULL, user INTEGER NOT NULL DEFAULT 0,  -- 0: of the whole dataset
    name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (dataset, user, name)
) STRICT, WITHOUT ROWID;

-- The same for submits over time: quarter is the time in steps of 15 minutes (at / 900000), which fits midnight in
-- every time zone. Submits of unknown time are not in it.
CREATE TABLE submitted_per_quarter_hour (
    dataset INTEGER NOT NULL, user INTEGER NOT NULL, quarter INTEGER NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (dataset, user, quarter)
) STRICT, WITHOUT ROWID;

-- The sums of agreement, changed in the same transaction as the submitted answers of pass 1 that they count.
-- records: little-endian 32-bit counts, answers + 1 of them for each label by position: how many records have this many
-- submitted answers that were offered the label, of which 0, 1, 2 … ticked it.
CREATE TABLE agreement_class (
    question INTEGER NOT NULL REFERENCES question (id), answers INTEGER NOT NULL, records BLOB NOT NULL,
    PRIMARY KEY (question, answers)
) STRICT, WITHOUT ROWID;

-- Teams ------------------------------------------------------------------------------------------------------------
-- What only a server that lets people in reads; never exported, never in an event. password: an Argon2id PHC string.
CREATE TABLE user_secret (user INTEGER PRIMARY KEY REFERENCES user (id), password TEXT) STRICT;

-- OpenSSH public keys, as in authorized_keys: algorithm and blob; comment: what stood behind them.
CREATE TABLE user_key (
    user INTEGER NOT NULL REFERENCES user (id), key TEXT NOT NULL, comment TEXT NOT NULL DEFAULT '', at INTEGER,
    PRIMARY KEY (user, key)
) STRICT, WITHOUT ROWID;
-- Who labels what. A dataset without a plan, without min_submitted and without control records has no row in any of
-- these. people: JSON list of [user key, quota or null]; an empty one: open to everybody of the workspace.
CREATE TABLE plan (
    dataset INTEGER PRIMARY KEY REFERENCES dataset (id) ON DELETE CASCADE,
    overlap REAL NOT NULL, raters INTEGER NOT NULL, seed INTEGER NOT NULL, stratify TEXT,
    people TEXT NOT NULL DEFAULT '[]', at INTEGER
) STRICT;

-- How many people a record wants, and how many have submitted it (pass 1). named: only those of `assignment`.
CREATE TABLE slot (
    record INTEGER PRIMARY KEY REFERENCES record (id) ON DELETE CASCADE, dataset INTEGER NOT NULL,
    wanted INTEGER NOT NULL, submitted INTEGER NOT NULL DEFAULT 0, named INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX slot_open ON slot (dataset, record) WHERE submitted < wanted AND named = 0;

CREATE TABLE assignment (
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE, dataset INTEGER NOT NULL,
    PRIMARY KEY (record, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_by_user ON assignment (user, dataset, record);

-- A record that is on somebody's screen, or comes next there; it counts as an answer to come till this time.
CREATE TABLE lease (
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE, session TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (record, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_by_session ON lease (session);

-- Records with known answers, mixed unseen into everybody's queue. answers: JSON object by question name.
CREATE TABLE control (
    record INTEGER PRIMARY KEY REFERENCES record (id) ON DELETE CASCADE, dataset INTEGER NOT NULL,
    answers TEXT NOT NULL, at INTEGER
) STRICT;
CREATE INDEX control_by_dataset ON control (dataset);
CREATE TABLE control_rate (
    dataset INTEGER PRIMARY KEY REFERENCES dataset (id) ON DELETE CASCADE, rate REAL NOT NULL, seed INTEGER NOT NULL
) STRICT;
-- End of teams -----------------------------------------------------------------------------------------------------

CREATE VIEW readable_response AS
SELECT d.name AS dataset, COALESCE(r.external_id, '#' || r.position) AS record, u.name AS user, p.pass, p.status, p.reason,
       strftime('%Y-%m-%dT%H:%M:%fZ', p.at / 1000.0, 'unixepoch') AS at, p.active_ms / 1000.0 AS seconds
FROM response p JOIN dataset d ON d.id = p.dataset JOIN record r ON r.id = p.record JOIN user u ON u.id = p.user;

CREATE VIEW readable_answer AS
SELECT d.name AS dataset, COALESCE(r.external_id, '#' || r.position) AS record, u.name AS user, q.name AS question,
       CASE a.status WHEN 0 THEN 'draft' WHEN 1 THEN 'submitted' ELSE 'discarded' END AS status,
       COALESCE(a.value, (SELECT json_group_array(l.value) FROM label l WHERE l.question = q.id
           AND (instr('13579BDF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 2, 1)) > 0 AND l.position % 4 = 0 AND l.position % 8 < 4
             OR instr('2367ABEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 2, 1)) > 0 AND l.position % 4 = 1 AND l.position % 8 < 4
             OR instr('4567CDEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 2, 1)) > 0 AND l.position % 4 = 2 AND l.position % 8 < 4
             OR instr('89ABCDEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 2, 1)) > 0 AND l.position % 4 = 3 AND l.position % 8 < 4
             OR instr('13579BDF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 1, 1)) > 0 AND l.position % 4 = 0 AND l.position % 8 >= 4
             OR instr('2367ABEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 1, 1)) > 0 AND l.position % 4 = 1 AND l.position % 8 >= 4
             OR instr('4567CDEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 1, 1)) > 0 AND l.position % 4 = 2 AND l.position % 8 >= 4
             OR instr('89ABCDEF', substr(hex(substr(a.labels, l.position / 8 + 1, 1)), 1, 1)) > 0 AND l.position % 4 = 3 AND l.position % 8 >= 4))) AS answer
FROM answer a JOIN question q ON q.id = a.question JOIN dataset d ON d.id = q.dataset
JOIN record r ON r.id = a.record JOIN user u ON u.id = a.user;

CREATE VIEW readable_event AS
SELECT e.seq, strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1000.0, 'unixepoch') AS at, u.name AS user, e.kind, d.name AS dataset,
       COALESCE(r.external_id, '#' || r.position) AS record, e.before, e.after, e.reverses
FROM event e LEFT JOIN user u ON u.id = e.user LEFT JOIN dataset d ON d.id = e.dataset LEFT JOIN record r ON r.id = e.record;
