-- A database as version 1 of the drafts left it; never edit it.
BEGIN TRANSACTION;
CREATE TABLE body (seq INTEGER PRIMARY KEY REFERENCES node (seq) ON DELETE CASCADE, text BLOB NOT NULL, prompt BLOB NOT NULL);
INSERT INTO "body" VALUES(1,X'789C030000000001',X'789C030000000001');
INSERT INTO "body" VALUES(2,X'789CF3CF4B4E5528C9482D4A55284F2CD603002B5E0557',X'789C0B000000510051');
INSERT INTO "body" VALUES(3,X'789CF3CF4B4E5528C9482D4A55284F2CD653F0CD2F4A05004A7B070A',X'789C030000000001');
CREATE TABLE draft (id TEXT PRIMARY KEY, writer TEXT NOT NULL, form TEXT NOT NULL, title TEXT NOT NULL, brief TEXT NOT NULL, language TEXT NOT NULL, head TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL, deleted REAL);
INSERT INTO "draft" VALUES('e0bBqtg9q_QHn-cE','c0256ed2a8ed640214d474d797ed77bff8a4a175320471762b50bb411d9dc08f','story','Old draft','{"premise": "p"}','English','adfAGfxUkxaXWUkz',1700000000.0,1700000000.0,NULL);
CREATE TABLE node (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, draft TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE, parent TEXT REFERENCES node (id), visited TEXT, action TEXT NOT NULL, model TEXT NOT NULL, adapter TEXT NOT NULL, seed INTEGER, sampling TEXT NOT NULL, created REAL NOT NULL, words INTEGER NOT NULL, name TEXT NOT NULL, finish TEXT NOT NULL, proposal INTEGER NOT NULL, excerpt TEXT NOT NULL);
INSERT INTO "node" VALUES(1,'3y9QQlk6ALmVXNw-','e0bBqtg9q_QHn-cE',NULL,'6q05HuFRTrUR6Ui_','start','','',NULL,'{}',1700000000.0,0,'','done',0,'');
INSERT INTO "node" VALUES(2,'6q05HuFRTrUR6Ui_','e0bBqtg9q_QHn-cE','3y9QQlk6ALmVXNw-','adfAGfxUkxaXWUkz','write','','',3,'{"top_p": 0.9}',1700000000.0,3,'','stop',0,'Once there was.');
INSERT INTO "node" VALUES(3,'adfAGfxUkxaXWUkz','e0bBqtg9q_QHn-cE','6q05HuFRTrUR6Ui_',NULL,'edit','','',NULL,'{}',1700000000.0,4,'','done',0,'Once there was. More');
CREATE INDEX draft_by_writer ON draft (writer, updated);
CREATE INDEX node_by_draft ON node (draft);
CREATE INDEX node_by_parent ON node (parent);
CREATE INDEX node_growing ON node (finish) WHERE finish = '';
COMMIT;
PRAGMA user_version = 1;
