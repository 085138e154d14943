"""The tables of what people do on X, and of what apps may do there."""

SCHEMA = """
CREATE TABLE x_person (
    id TEXT PRIMARY KEY, handle TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    blocks INTEGER NOT NULL DEFAULT 0, protected INTEGER NOT NULL DEFAULT 0);
CREATE TABLE x_post (
    id TEXT PRIMARY KEY, first_id TEXT NOT NULL, latest INTEGER NOT NULL, author_id TEXT NOT NULL,
    text TEXT NOT NULL, created_at INTEGER NOT NULL, conversation_id TEXT NOT NULL,
    addressed TEXT NOT NULL, mentioned TEXT NOT NULL, reply_to TEXT, quote_of TEXT,
    repost_of TEXT, media TEXT NOT NULL, reply_settings TEXT NOT NULL, source TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0, deleted_at INTEGER);
CREATE INDEX x_post_version ON x_post (first_id);
CREATE TABLE x_sequence (last_id INTEGER NOT NULL);
CREATE TABLE x_like (post_id TEXT NOT NULL, person_id TEXT NOT NULL, UNIQUE (post_id, person_id));
CREATE TABLE x_message (
    id TEXT PRIMARY KEY, person_id TEXT NOT NULL, from_account INTEGER NOT NULL,
    text TEXT NOT NULL, media TEXT NOT NULL, created_at INTEGER NOT NULL,
    encrypted INTEGER NOT NULL DEFAULT 0, deleted_at INTEGER);
CREATE INDEX x_message_of_person ON x_message (person_id, created_at);
CREATE TABLE x_media (
    id TEXT PRIMARY KEY, category TEXT NOT NULL, media_type TEXT NOT NULL, picture TEXT NOT NULL,
    content BLOB, size INTEGER NOT NULL, alt_text TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
    created_at INTEGER NOT NULL);
CREATE TABLE x_chunk (
    media_id TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (media_id, number));
CREATE TABLE x_token (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, scope TEXT NOT NULL, expires_at INTEGER,
    used_at INTEGER);
CREATE TABLE x_webhook (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, valid INTEGER NOT NULL, created_at INTEGER NOT NULL,
    answered_at INTEGER NOT NULL);
CREATE TABLE x_subscription (
    id TEXT PRIMARY KEY, event_type TEXT NOT NULL, tag TEXT NOT NULL, webhook_id TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE x_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, account_activity TEXT,
    activity TEXT NOT NULL);
CREATE TABLE x_window (
    name TEXT PRIMARY KEY, began_at INTEGER NOT NULL, used INTEGER NOT NULL);
"""
