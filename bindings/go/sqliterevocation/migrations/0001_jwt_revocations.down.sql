DROP TABLE IF EXISTS jwt_revocations;
