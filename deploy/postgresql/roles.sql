-- Databases and roles of a production, each role with what it needs and no more. Run it once as a superuser:
--   psql -v clinic_password="'...'" -v bot_password="'...'" -f deploy/postgresql/roles.sql
-- The action server and `marrow` own the clinic's tables, which they upgrade; the bot owns the conversations. Neither can
-- connect to the other's database, make databases or roles, or read what belongs to others.
\set ON_ERROR_STOP on
CREATE ROLE marrow_clinic LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :clinic_password;
CREATE ROLE marrow_bot LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :bot_password;
CREATE DATABASE marrow_clinic OWNER marrow_clinic ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE marrow_conversations OWNER marrow_bot ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE marrow_clinic FROM PUBLIC;
REVOKE ALL ON DATABASE marrow_conversations FROM PUBLIC;
