-- Databases and roles of a production, each role with what it needs and no more. Run it once as a superuser:
--   psql -v owner_password="'...'" -v clinic_password="'...'" -v bot_password="'...'" -f deploy/postgresql/roles.sql
-- marrow_owner owns the clinic's tables: it makes, upgrades and restores them (deploy/as-owner), and no service knows its password.
-- marrow_clinic, the action server's, the jobs' and the command line's, reads and writes rows, and can neither change a table nor
-- take the audit's lock off. marrow_bot owns the conversations, whose tables Rasa makes by itself. Neither can connect to the
-- other's database, make databases or roles, or read what belongs to others.
\set ON_ERROR_STOP on
CREATE ROLE marrow_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :owner_password;
CREATE ROLE marrow_clinic LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :clinic_password;
CREATE ROLE marrow_bot LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :bot_password;
CREATE DATABASE marrow_clinic OWNER marrow_owner ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE marrow_conversations OWNER marrow_bot ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE marrow_clinic FROM PUBLIC;
REVOKE ALL ON DATABASE marrow_conversations FROM PUBLIC;
GRANT CONNECT ON DATABASE marrow_clinic TO marrow_clinic;
\connect marrow_clinic
ALTER SCHEMA public OWNER TO marrow_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO marrow_clinic;
-- Of every table that the owner makes from now on, those of a later version and of a restored backup too.
ALTER DEFAULT PRIVILEGES FOR ROLE marrow_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO marrow_clinic;
ALTER DEFAULT PRIVILEGES FOR ROLE marrow_owner GRANT USAGE, SELECT ON SEQUENCES TO marrow_clinic;
