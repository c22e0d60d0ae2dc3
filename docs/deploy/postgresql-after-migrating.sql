-- Run by inbox_owner after each `inbox migrate`: what is only ever added to.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM inbox_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM inbox_app;
