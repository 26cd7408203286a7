-- A database of schema version 1, as that version wrote it.
PRAGMA application_id = 1668443441;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
	PRIMARY KEY (id), 
	FOREIGN KEY(operation_id) REFERENCES operation (id)
);
CREATE TABLE change (
	operation_id INTEGER NOT NULL, 
	entity VARCHAR NOT NULL, 
	row_id INTEGER NOT NULL, 
	action VARCHAR NOT NULL, 
	computed INTEGER NOT NULL, 
	line INTEGER, 
	"before" TEXT, 
	PRIMARY KEY (operation_id, entity, row_id), 
	CONSTRAINT action_known CHECK (action IN ('added', 'changed', 'removed')), 
	FOREIGN KEY(operation_id) REFERENCES operation (id)
)
 WITHOUT ROWID

;
INSERT INTO "change" VALUES(1,'contact',1,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(1,'customer',1,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(2,'customer',2,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(2,'orders',1,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(3,'customer',1,'changed',1,NULL,'{"tier":null,"tier_on":null,"tier_reason":null}');
INSERT INTO "change" VALUES(3,'customer',2,'changed',1,NULL,'{"tier":null,"tier_on":null,"tier_reason":null}');
INSERT INTO "change" VALUES(3,'tag',1,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(4,'interaction',1,'added',0,NULL,NULL);
INSERT INTO "change" VALUES(5,'customer',2,'changed',0,NULL,'{"owner": null}');
CREATE TABLE contact (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	name_key VARCHAR NOT NULL, 
	title VARCHAR, 
	role VARCHAR, 
	phone VARCHAR, 
	email VARCHAR, 
	wechat VARCHAR, 
	birthday VARCHAR, 
	birthday_key VARCHAR, 
	main VARCHAR NOT NULL, 
	consent VARCHAR NOT NULL, 
	note VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT contact_identity UNIQUE (customer_id, name_key), 
	CONSTRAINT role_known CHECK (role IN ('decider', 'influencer', 'user', 'buyer')), 
	CONSTRAINT consent_known CHECK (consent IN ('yes', 'no', 'unknown')), 
	FOREIGN KEY(customer_id) REFERENCES customer (id)
);
INSERT INTO "contact" VALUES(1,1,'张三','张三',NULL,NULL,NULL,NULL,NULL,'lunar 08-15','L08-15','yes','unknown',NULL);
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
	email VARCHAR, 
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
	terms VARCHAR, 
	note VARCHAR, 
	created_on DATE NOT NULL, 
	tier VARCHAR, 
	tier_on DATE, 
	tier_pinned_until DATE, 
	tier_reason VARCHAR, 
	tier_drops INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT kind_known CHECK (kind IN ('company', 'person')), 
	CONSTRAINT stage_known CHECK (stage IN ('lead', 'prospect', 'active', 'dormant', 'lost')), 
	CONSTRAINT consent_known CHECK (consent IN ('yes', 'no', 'unknown')), 
	CONSTRAINT strategic_0_to_5 CHECK (strategic BETWEEN 0 AND 5), 
	CONSTRAINT influence_0_to_5 CHECK (influence BETWEEN 0 AND 5), 
	CONSTRAINT reputation_0_to_5 CHECK (reputation BETWEEN 0 AND 5), 
	CONSTRAINT willingness_0_to_5 CHECK (willingness BETWEEN 0 AND 5), 
	CONSTRAINT potential_0_to_5 CHECK (potential BETWEEN 0 AND 5), 
	UNIQUE (code)
);
INSERT INTO "customer" VALUES(1,'C000001','样例贸易有限公司','样例贸易有限公司','company','active',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'+8613800138000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'unknown',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-01-06','basic','2026-01-06',NULL,'true',0);
INSERT INTO "customer" VALUES(2,'C000002','a''b"c','abc','company','active',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'C000001',NULL,'王芳',NULL,NULL,'unknown',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'一
二','2026-01-06','basic','2026-01-06',NULL,'true',0);
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
	PRIMARY KEY (id), 
	CONSTRAINT interaction_identity UNIQUE (customer_id, at, topic, nth), 
	CONSTRAINT channel_known CHECK (channel IN ('visit', 'video', 'call', 'email', 'wechat', 'push', 'event', 'other')), 
	CONSTRAINT direction_known CHECK (direction IN ('out', 'in')), 
	FOREIGN KEY(customer_id) REFERENCES customer (id)
);
INSERT INTO "interaction" VALUES(1,1,'2026-01-06T01:00:00Z','2026-01-06','价格',1,'call','out','tester',NULL,NULL,NULL,NULL,NULL,NULL);
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
	CONSTRAINT kind_known CHECK (kind IN ('write', 'undo', 'redo'))
);
INSERT INTO "operation" VALUES(1,'2026-01-06T01:00:00Z','tester','crm test','write','added C000001 样例贸易有限公司',2,1,NULL,NULL);
INSERT INTO "operation" VALUES(2,'2026-01-06T01:00:00Z','tester','crm test','write','added order O000001 of C000001',2,1,NULL,NULL);
INSERT INTO "operation" VALUES(3,'2026-01-06T01:00:00Z','tester','crm test','write','tiers: 2 customers moved',3,1,NULL,NULL);
INSERT INTO "operation" VALUES(4,'2026-01-06T01:00:00Z','tester','crm test','write','contact with C000001 样例贸易有限公司: 价格',1,1,NULL,NULL);
INSERT INTO "operation" VALUES(5,'2026-01-06T01:00:00Z','tester','crm test','write','C000002: owner: — → 王芳',1,1,NULL,NULL);
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
	PRIMARY KEY (id), 
	CONSTRAINT status_known CHECK (status IN ('paid', 'open', 'cancelled', 'returned')), 
	UNIQUE (number), 
	FOREIGN KEY(customer_id) REFERENCES customer (id)
);
INSERT INTO "orders" VALUES(1,'O000001',1,'2026-01-01',1250,NULL,'CNY',NULL,NULL,NULL,'paid');
CREATE TABLE policy (
	id INTEGER NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	actor VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	source TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "policy" VALUES(1,'2026-01-05T01:00:00Z','tester','small','name = "small"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tier]]
key = "basic"
label = { en = "Basic", zh = "普通" }
when = "true"
touches = [{ key = "call", every = "1 month", channels = ["call", "visit"] }]
','{"name": "small", "timezone": "Asia/Shanghai", "currency": "CNY", "phone_region": "CN", "tiers": {"basic": {"label": {"en": "Basic", "zh": "普通"}, "rank": 1}}, "touches": {"basic": {"call": {"label": {"en": "call", "zh": "call"}, "action": {"en": "", "zh": ""}, "every": "1 month", "channels": ["call", "visit"]}}}, "occasions": []}');
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
	CONSTRAINT decision_known CHECK (decision IN ('done', 'snoozed', 'skipped')), 
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
	CONSTRAINT source_known CHECK (source IN ('hand', 'rule')), 
	FOREIGN KEY(customer_id) REFERENCES customer (id)
);
INSERT INTO "tag" VALUES(1,1,'自定','甲','hand','2026-01-06');
CREATE TABLE touch (
	customer_id INTEGER NOT NULL, 
	touch VARCHAR NOT NULL, 
	base_on DATE NOT NULL, 
	planned_on DATE NOT NULL, 
	due_on DATE NOT NULL, 
	PRIMARY KEY (customer_id, touch), 
	FOREIGN KEY(customer_id) REFERENCES customer (id)
)
 WITHOUT ROWID

;
INSERT INTO "touch" VALUES(1,'call','2026-01-06','2026-02-06','2026-02-06');
INSERT INTO "touch" VALUES(2,'call','2026-01-06','2026-02-06','2026-02-06');
CREATE INDEX customer_anniversary ON customer (since_key, tier) WHERE since_key IS NOT NULL;
CREATE INDEX customer_email ON customer (email) WHERE email IS NOT NULL;
CREATE INDEX customer_birthday ON customer (birthday_key) WHERE birthday_key IS NOT NULL;
CREATE INDEX customer_name ON customer (name_key);
CREATE INDEX customer_tax_id ON customer (tax_id) WHERE tax_id IS NOT NULL;
CREATE INDEX customer_phone ON customer (phone) WHERE phone IS NOT NULL;
CREATE INDEX contact_phone ON contact (phone) WHERE phone IS NOT NULL;
CREATE INDEX contact_birthday ON contact (birthday_key) WHERE birthday_key IS NOT NULL;
CREATE INDEX contact_email ON contact (email) WHERE email IS NOT NULL;
CREATE INDEX contact_name ON contact (name_key);
CREATE INDEX orders_facts ON orders (customer_id, ordered_on, amount, cost, status);
CREATE INDEX interaction_next ON interaction (next_due) WHERE next_due IS NOT NULL AND next_settled_on IS NULL;
CREATE INDEX interaction_contact ON interaction (customer_id, contact_on, channel);
CREATE INDEX tag_value ON tag (dimension, value);
CREATE INDEX touch_due ON touch (due_on);
CREATE INDEX change_row ON change (entity, row_id, operation_id);
COMMIT;
