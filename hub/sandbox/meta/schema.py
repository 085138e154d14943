"""The tables of what people do on Facebook and Messenger."""

SCHEMA = """
CREATE TABLE person (
    id TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0, profile_hidden INTEGER NOT NULL DEFAULT 0);
CREATE TABLE post (
    id TEXT PRIMARY KEY, author_id TEXT NOT NULL, text TEXT NOT NULL, picture TEXT NOT NULL,
    created_at INTEGER NOT NULL, removed_at INTEGER, private_reply TEXT);
CREATE TABLE comment (
    id TEXT PRIMARY KEY, post_id TEXT NOT NULL, parent_id TEXT, author_id TEXT NOT NULL,
    text TEXT NOT NULL, picture TEXT NOT NULL, created_at INTEGER NOT NULL, edited_at INTEGER,
    removed_at INTEGER, hidden INTEGER NOT NULL DEFAULT 0, liked INTEGER NOT NULL DEFAULT 0,
    private_reply TEXT);
CREATE INDEX comment_of_post ON comment (post_id, created_at);
CREATE TABLE message (
    mid TEXT PRIMARY KEY, psid TEXT NOT NULL, from_page INTEGER NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, attachments TEXT NOT NULL, created_at INTEGER NOT NULL,
    app_id TEXT NOT NULL, metadata TEXT NOT NULL, reply_to TEXT, edits INTEGER NOT NULL DEFAULT 0);
CREATE INDEX message_of_person ON message (psid, created_at);
"""
