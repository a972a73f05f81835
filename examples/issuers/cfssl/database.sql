create table certificates (
  serial_number blob not null,
  authority_key_identifier blob not null,
  ca_label blob,
  status blob not null,
  reason int,
  expiry timestamp,
  revoked_at timestamp,
  pem blob not null,
  primary key (serial_number, authority_key_identifier)
);
