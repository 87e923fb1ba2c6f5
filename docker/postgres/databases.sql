-- Runs once, on an empty volume. Label Studio and the service each own their database, and neither opens the other's.
-- As its owner, Label Studio may make the extensions it needs (pg_trgm, btree_gin).
\getenv label_studio_password LABEL_STUDIO_DB_PASSWORD
\getenv expert_password EXPERT_DB_PASSWORD

CREATE ROLE label_studio LOGIN PASSWORD :'label_studio_password';
CREATE DATABASE label_studio OWNER label_studio;
REVOKE ALL ON DATABASE label_studio FROM PUBLIC;

CREATE ROLE expert LOGIN PASSWORD :'expert_password';
CREATE DATABASE expert OWNER expert;
REVOKE ALL ON DATABASE expert FROM PUBLIC;
