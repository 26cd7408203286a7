CREATE TABLE customer (
    id INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    name_key VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    industry VARCHAR,
    region VARCHAR,
    city VARCHAR,
    address VARCHAR,
    postcode VARCHAR,
    website VARCHAR,
    tax_id VARCHAR,
    phone VARCHAR,
    other_phones VARCHAR,
    email VARCHAR,
    other_emails VARCHAR,
    birthday VARCHAR,
    birthday_key VARCHAR,
    source VARCHAR,
    referrer VARCHAR,
    parent VARCHAR,
    owner VARCHAR,
    since DATE,
    since_key VARCHAR,
    consent VARCHAR NOT NULL,
    need VARCHAR,
    budget VARCHAR,
    decision VARCHAR,
    strategic INTEGER,
    influence INTEGER,
    reputation INTEGER,
    willingness INTEGER,
    potential INTEGER,
    grade VARCHAR,
    grade_reason VARCHAR,
    campaign VARCHAR,
    lead_on DATE,
    won_on DATE,
    lost_on DATE,
    lost_reason VARCHAR,
    terms VARCHAR,
    note VARCHAR,
    extra TEXT,
    created_on DATE NOT NULL,
    tier VARCHAR,
    tier_on DATE,
    tier_pinned_until DATE,
    tier_reason VARCHAR,
    tier_drops INTEGER NOT NULL,
    tier_drop_on DATE,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind = 'company' OR kind = 'person'),
    CONSTRAINT stage_known CHECK (stage = 'lead' OR stage = 'prospect' OR stage = 'active' OR stage = 'dormant' OR stage = 'lost'),
    CONSTRAINT consent_known CHECK (consent = 'yes' OR consent = 'no' OR consent = 'unknown'),
    CONSTRAINT grade_known CHECK (grade = 'A' OR grade = 'B' OR grade = 'C'),
    CONSTRAINT strategic_0_to_5 CHECK (strategic BETWEEN 0 AND 5),
    CONSTRAINT influence_0_to_5 CHECK (influence BETWEEN 0 AND 5),
    CONSTRAINT reputation_0_to_5 CHECK (reputation BETWEEN 0 AND 5),
    CONSTRAINT willingness_0_to_5 CHECK (willingness BETWEEN 0 AND 5),
    CONSTRAINT potential_0_to_5 CHECK (potential BETWEEN 0 AND 5),
    UNIQUE (code)
);
CREATE INDEX customer_anniversary ON customer (since_key) WHERE since_key IS NOT NULL;
CREATE INDEX customer_birthday ON customer (birthday_key) WHERE birthday_key IS NOT NULL;
CREATE INDEX customer_email ON customer (email) WHERE email IS NOT NULL;
CREATE INDEX customer_lead ON customer (owner, grade) WHERE stage = 'lead';
CREATE INDEX customer_name ON customer (name_key);
CREATE INDEX customer_phone ON customer (phone) WHERE phone IS NOT NULL;
CREATE INDEX customer_tax_id ON customer (tax_id) WHERE tax_id IS NOT NULL;
CREATE INDEX customer_tier ON customer (owner, tier, industry) WHERE tier IS NOT NULL;
CREATE TABLE member (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR,
    manager VARCHAR,
    capacity INTEGER,
    active VARCHAR NOT NULL,
    email VARCHAR,
    notify VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT active_known CHECK (active = 'yes' OR active = 'no'),
    CONSTRAINT capacity_not_negative CHECK (capacity >= 0),
    UNIQUE (name)
);
CREATE TABLE notification (
    id INTEGER NOT NULL,
    day DATE NOT NULL,
    owner VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    at VARCHAR(20) NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT notification_identity UNIQUE (day, owner, channel)
);
CREATE TABLE operation (
    id INTEGER NOT NULL,
    at VARCHAR(20) NOT NULL,
    actor VARCHAR NOT NULL,
    command VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    rows INTEGER NOT NULL,
    policy_id INTEGER,
    target_id INTEGER,
    undone_by INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind = 'write' OR kind = 'undo' OR kind = 'redo')
);
CREATE TABLE policy (
    id INTEGER NOT NULL,
    at VARCHAR(20) NOT NULL,
    actor VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    source TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE review (
    id INTEGER NOT NULL,
    owner VARCHAR NOT NULL,
    planned_on DATE NOT NULL,
    decision VARCHAR NOT NULL,
    settled_on DATE NOT NULL,
    until DATE,
    reason VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT review_identity UNIQUE (owner, planned_on),
    CONSTRAINT decision_known CHECK (decision = 'done' OR decision = 'snoozed' OR decision = 'skipped')
);
CREATE TABLE assignment (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    from_owner VARCHAR,
    owner VARCHAR,
    assigned_on DATE NOT NULL,
    why VARCHAR NOT NULL,
    reason VARCHAR,
    packet TEXT,
    acknowledged_on DATE,
    PRIMARY KEY (id),
    CONSTRAINT why_known CHECK (why = 'assign' OR why = 'handoff' OR why = 'lead' OR why = 'stale' OR why = 'late'),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX assignment_customer ON assignment (customer_id, assigned_on);
CREATE INDEX assignment_open ON assignment (assigned_on) WHERE packet IS NOT NULL AND acknowledged_on IS NULL;
CREATE INDEX assignment_owner ON assignment (owner, assigned_on);
CREATE TABLE batch (
    id INTEGER NOT NULL,
    operation_id INTEGER,
    at VARCHAR(20) NOT NULL,
    file VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    encoding VARCHAR NOT NULL,
    read INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    repaired INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    rejects_file VARCHAR,
    fingerprint VARCHAR,
    rejected_lines TEXT,
    closes_id INTEGER,
    closed_lines TEXT,
    seen_operation INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(operation_id) REFERENCES operation (id)
);
CREATE INDEX ix_batch_closes_id ON batch (closes_id);
CREATE INDEX ix_batch_fingerprint ON batch (fingerprint);
CREATE TABLE cases (
    id INTEGER NOT NULL,
    number VARCHAR NOT NULL,
    customer_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    opened_at VARCHAR(20) NOT NULL,
    respond_by VARCHAR(20),
    responded_at VARCHAR(20),
    resolve_by VARCHAR(20),
    resolved_at VARCHAR(20),
    revisit_by VARCHAR(20),
    revisited_at VARCHAR(20),
    owner VARCHAR,
    status VARCHAR NOT NULL,
    cause VARCHAR,
    lesson VARCHAR,
    topic VARCHAR,
    responder VARCHAR,
    phase VARCHAR,
    hours VARCHAR,
    clock VARCHAR,
    paused_at VARCHAR(20),
    next_clock VARCHAR,
    next_due VARCHAR(20),
    next_warn VARCHAR(20),
    estimated VARCHAR,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind = 'enquiry' OR kind = 'complaint' OR kind = 'crisis'),
    CONSTRAINT severity_known CHECK (severity = 'minor' OR severity = 'major'),
    CONSTRAINT status_known CHECK (status = 'open' OR status = 'responded' OR status = 'resolved' OR status = 'closed'),
    CONSTRAINT next_clock_known CHECK (next_clock = 'respond' OR next_clock = 'resolve' OR next_clock = 'revisit'),
    CONSTRAINT phase_known CHECK (phase = 'warning' OR phase = 'assess' OR phase = 'intervene' OR phase = 'review'),
    UNIQUE (number),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX cases_customer ON cases (customer_id, opened_at);
CREATE INDEX cases_next ON cases (next_due) WHERE next_due IS NOT NULL;
CREATE TABLE change (
    operation_id INTEGER NOT NULL,
    entity VARCHAR NOT NULL,
    row_id INTEGER NOT NULL,
    action VARCHAR NOT NULL,
    computed INTEGER NOT NULL,
    line INTEGER,
    "before" TEXT,
    PRIMARY KEY (operation_id, entity, row_id),
    CONSTRAINT action_known CHECK (action = 'added' OR action = 'changed' OR action = 'removed'),
    FOREIGN KEY(operation_id) REFERENCES operation (id)
)
 WITHOUT ROWID;
CREATE INDEX change_row ON change (entity, row_id, operation_id);
CREATE TABLE change_span (
    operation_id INTEGER NOT NULL,
    entity VARCHAR NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    action VARCHAR NOT NULL,
    "before" TEXT,
    PRIMARY KEY (operation_id, entity, first_id),
    CONSTRAINT action_known CHECK (action = 'added' OR action = 'changed'),
    FOREIGN KEY(operation_id) REFERENCES operation (id)
)
 WITHOUT ROWID;
CREATE INDEX change_span_row ON change_span (entity, first_id);
CREATE TABLE contact (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    name_key VARCHAR NOT NULL,
    title VARCHAR,
    role VARCHAR,
    phone VARCHAR,
    other_phones VARCHAR,
    email VARCHAR,
    other_emails VARCHAR,
    wechat VARCHAR,
    birthday VARCHAR,
    birthday_key VARCHAR,
    main VARCHAR NOT NULL,
    consent VARCHAR NOT NULL,
    note VARCHAR,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT contact_identity UNIQUE (customer_id, name_key),
    CONSTRAINT role_known CHECK (role = 'decider' OR role = 'influencer' OR role = 'user' OR role = 'buyer'),
    CONSTRAINT consent_known CHECK (consent = 'yes' OR consent = 'no' OR consent = 'unknown'),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX contact_birthday ON contact (birthday_key) WHERE birthday_key IS NOT NULL;
CREATE INDEX contact_email ON contact (email) WHERE email IS NOT NULL;
CREATE INDEX contact_name ON contact (name_key);
CREATE INDEX contact_phone ON contact (phone) WHERE phone IS NOT NULL;
CREATE TABLE contract (
    id INTEGER NOT NULL,
    number VARCHAR NOT NULL,
    customer_id INTEGER NOT NULL,
    starts_on DATE,
    ends_on DATE,
    amount INTEGER,
    renewed VARCHAR,
    renew_by DATE,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT renewed_known CHECK (renewed = 'yes' OR renewed = 'no'),
    UNIQUE (number),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX contract_customer ON contract (customer_id, ends_on);
CREATE INDEX contract_end ON contract (renew_by) WHERE renew_by IS NOT NULL;
CREATE TABLE distinct_pair (
    id INTEGER NOT NULL,
    left_id INTEGER NOT NULL,
    right_id INTEGER NOT NULL,
    since DATE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT distinct_identity UNIQUE (left_id, right_id),
    FOREIGN KEY(left_id) REFERENCES customer (id),
    FOREIGN KEY(right_id) REFERENCES customer (id)
);
CREATE INDEX ix_distinct_pair_right_id ON distinct_pair (right_id);
CREATE TABLE former_code (
    id INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    customer_id INTEGER NOT NULL,
    since DATE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (code),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX ix_former_code_customer_id ON former_code (customer_id);
CREATE TABLE interaction (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    at VARCHAR(20) NOT NULL,
    contact_on DATE NOT NULL,
    topic VARCHAR NOT NULL,
    nth INTEGER NOT NULL,
    channel VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,
    owner VARCHAR,
    participants VARCHAR,
    feedback VARCHAR,
    next_action VARCHAR,
    next_due DATE,
    next_settled_on DATE,
    answers VARCHAR,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT interaction_identity UNIQUE (customer_id, at, topic, nth),
    CONSTRAINT channel_known CHECK (channel = 'visit' OR channel = 'video' OR channel = 'call' OR channel = 'email' OR channel = 'wechat' OR channel = 'push' OR channel = 'event' OR channel = 'other'),
    CONSTRAINT direction_known CHECK (direction = 'out' OR direction = 'in'),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX interaction_contact ON interaction (customer_id, contact_on, channel);
CREATE INDEX interaction_next ON interaction (next_due) WHERE next_due IS NOT NULL AND next_settled_on IS NULL;
CREATE TABLE orders (
    id INTEGER NOT NULL,
    number VARCHAR NOT NULL,
    customer_id INTEGER NOT NULL,
    ordered_on DATE NOT NULL,
    amount INTEGER NOT NULL,
    cost INTEGER,
    currency VARCHAR NOT NULL,
    product VARCHAR,
    category VARCHAR,
    quantity FLOAT,
    status VARCHAR NOT NULL,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT status_known CHECK (status = 'paid' OR status = 'open' OR status = 'cancelled' OR status = 'returned'),
    UNIQUE (number),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX orders_facts ON orders (customer_id, ordered_on, amount, cost, status);
CREATE TABLE settlement (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    ref VARCHAR NOT NULL,
    planned_on DATE NOT NULL,
    decision VARCHAR NOT NULL,
    settled_on DATE NOT NULL,
    until DATE,
    reason VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT settlement_identity UNIQUE (customer_id, kind, ref, planned_on),
    CONSTRAINT decision_known CHECK (decision = 'done' OR decision = 'snoozed' OR decision = 'skipped'),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE TABLE step (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    playbook VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    event VARCHAR NOT NULL,
    started_on DATE NOT NULL,
    due_on DATE NOT NULL,
    due_at VARCHAR(20),
    channel VARCHAR NOT NULL,
    action TEXT NOT NULL,
    title TEXT NOT NULL,
    settled_on DATE,
    how VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT step_identity UNIQUE (customer_id, kind, playbook, number, nth),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX step_due ON step (due_on) WHERE settled_on IS NULL;
CREATE TABLE survey (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    score FLOAT NOT NULL,
    at VARCHAR(20) NOT NULL,
    nth INTEGER NOT NULL,
    comment VARCHAR,
    case_number VARCHAR,
    extra TEXT,
    PRIMARY KEY (id),
    CONSTRAINT survey_identity UNIQUE (customer_id, kind, at, nth),
    CONSTRAINT kind_known CHECK (kind = 'csat' OR kind = 'nps'),
    CONSTRAINT score_in_range CHECK (score BETWEEN 0 AND 10),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE TABLE tag (
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    dimension VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    since DATE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT tag_identity UNIQUE (customer_id, dimension, value),
    CONSTRAINT source_known CHECK (source = 'hand' OR source = 'rule'),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX tag_value ON tag (dimension, value, source);
CREATE TABLE touch (
    customer_id INTEGER NOT NULL,
    touch VARCHAR NOT NULL,
    base_on DATE NOT NULL,
    planned_on DATE NOT NULL,
    due_on DATE NOT NULL,
    PRIMARY KEY (customer_id, touch),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
)
 WITHOUT ROWID;
CREATE INDEX touch_due ON touch (due_on);
CREATE TABLE case_entry (
    id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    at VARCHAR(20) NOT NULL,
    author VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind = 'note' OR kind = 'response' OR kind = 'pause' OR kind = 'resume' OR kind = 'escalation' OR kind = 'phase' OR kind = 'outcome'),
    FOREIGN KEY(case_id) REFERENCES cases (id)
);
CREATE INDEX case_entry_case ON case_entry (case_id, at);
