-- Roles of Shared Inbox, run once by a superuser in the new database:
--   createdb inbox && psql -d inbox -v owner_password=... -v app_password=... -v backup_password=... -f postgresql.sql
-- `inbox migrate` and `inbox restore` run as inbox_owner, `inbox serve` and `inbox worker` as inbox_app, `inbox backup` as inbox_backup.

CREATE ROLE inbox_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE inbox_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 200;
CREATE ROLE inbox_backup LOGIN PASSWORD :'backup_password' NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 4;

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO inbox_owner, inbox_app, inbox_backup', current_database()) \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO inbox_owner;
GRANT USAGE ON SCHEMA public TO inbox_app, inbox_backup;

-- What migrations make from now on.
ALTER DEFAULT PRIVILEGES FOR ROLE inbox_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO inbox_app;
ALTER DEFAULT PRIVILEGES FOR ROLE inbox_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO inbox_app;
ALTER DEFAULT PRIVILEGES FOR ROLE inbox_owner IN SCHEMA public GRANT SELECT ON TABLES TO inbox_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE inbox_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO inbox_backup;

ALTER ROLE inbox_app SET idle_in_transaction_session_timeout = '60s';
