-- The columns from issued_at on are those that cfssl 1.6 has and 1.2 has not.
create table certificates (
  serial_number blob not null,
  authority_key_identifier blob not null,
  ca_label blob,
  status blob not null,
  reason int,
  expiry timestamp,
  revoked_at timestamp,
  pem blob not null,
  issued_at timestamp,
  not_before timestamp,
  metadata text,
  sans text,
  common_name text,
  primary key (serial_number, authority_key_identifier)
);
