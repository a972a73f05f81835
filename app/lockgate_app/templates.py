"""The configuration files that `lockgate init` writes: secure settings, written out and explained."""

from string import Template

CA_CONFIGURATION = Template("""\
# Lockgate, CA host. This folder belongs on the CA host and nowhere else: it holds the CA's and the worker's secrets.
# Check it, in this folder, with:  lockgate --config lockgate.toml check

# Identifies this CA installation. Requests name it, so that a request for one CA is never played to another.
instance = "$instance"

[ca]
# Encrypts the CA's private keys in its database. Without it they are lost: keep a copy in a safe place.
key_encryption_secret = { file = "key-encryption.secret" }
# Encrypts the keys that the CA keeps for recovery. Without it they are lost; without this line none are kept.
escrow_secret = { file = "escrow.secret" }
# Keys that are never certified: a file with one SHA-256 over the DER SubjectPublicKeyInfo a line, read at the start.
# key_blocklist = "key-blocklist.txt"

$token[ca.database]
# The CA's own database, inside the CA's zone. SQLite, postgresql://… or mariadb://…
url = "$ca_url"
$ca_more
# The message database, outside the CA's zone. The CA connects to it; nothing ever connects to the CA.
# A server on another host must prove its name: tls_ca is the PEM file of the CA of its certificate.
[data_sources.RAMessage1DS]
url = "$message_url"
$message_more
[workers.main]
persistenceunit = "RAMessage1DS"
# Refuse every request that is not encrypted and signed. With false, anybody who can write to the message database
# could act as superadministrator of this CA.
encryption.required = true
signature.required = true
# The worker's key decrypts requests and signs answers.
keystore.path = "worker.$p12"
keystore.pwd = { file = "worker.password" }
# The CA that issued the RA's and this worker's certificates.
raissuer = "$ca_name"
# Request types to accept, comma-separated; empty accepts every type.
whitelist = "$whitelist"
# New requests taken from each signer in an hour; 0 for any number.
max_per_hour = $max_per_hour
# Seconds between two looks at the message database, at least 5.
period = 10
""")

TOKEN_CONFIGURATION = Template("""\
[ca.token]
# New keys of CAs are made in this PKCS#11 token, and never leave it (RFC 7512; the URI holds no PIN).
uri = "$uri"
pin = { file = "token.password" }

""")

RA_CONFIGURATION = Template("""\
# Lockgate, RA host. This folder belongs on the RA host; it holds the RA's own secrets and nothing secret of the CA's.
# Check it, in this folder, with:  lockgate --config lockgate.toml check

# The CA installation that requests are meant for.
instance = "$instance"

[ra]
# The name under which the CA's worker knows the message database below.
persistenceunit = "RAMessage1DS"
# The RA's key signs requests and decrypts answers.
keystore_path = "ra.$p12"
keystore_password = { file = "ra.password" }
# Answers are taken from these workers only, and requests are encrypted to the first. List the next one beside it
# before a worker's certificate is replaced.
worker_certificates = ["worker.pem"]
# The CA that issued this RA's and the worker's certificates.
ca_certificates = ["$ca_name.pem"]
# Keeps the exact bytes of every request until its answer is here.
outbox = "outbox"
# Refuse answers that are not signed by the worker, or not encrypted to this RA.
insist_signed = true
insist_encrypted = true

# The message database. A server on another host must prove its name: tls_ca is the PEM file of the CA of its
# certificate.
[data_sources.RAMessage1DS]
url = "$message_url"
$message_more
""")

SCEP_CONFIGURATION = Template("""\

# The SCEP server: lockgate --config lockgate.toml scep-ra serve
[scep]
# SCEP's own key, issued by the CA that enrols; what this RA sends to the CA is signed with the RA's key above.
keyStorePath = "scep.$p12"
keyStorePassword = { file = "scep.password" }
# Each device has a challenge password of its own: its end entity's one-time password, made on the CA's host
# (lockgate end-entity add … --one-time-password) and checked there. The end entity's name is the subject's CN.
createOrEditUser = false
authPwd = "none"
nameGenerationScheme = "DN"
nameGenerationParameters = "CN"
certificateProfile = "ENDUSER"
entityProfile = "EMPTY"
defaultCA = "$ca_name"
# The chain of that CA, its own certificate first.
ca_certificates = ["$ca_name.pem"]
# Protects what the server keeps in the message database. Servers on one message database have the same.
secret = { file = "scep.secret" }
# SHA-1 and triple DES, for old devices.
legacy = false
host = "0.0.0.0"
port = $port
""")

CMP_CONFIGURATION = Template("""\

# The CMP proxy: lockgate --config lockgate.toml cmp-proxy serve
# It hands clients' messages to the CA and the CA's answers back, and holds no key of CMP.
[cmp]
# Clients use http://HOST:PORT/cmpProxy/ALIAS, or http://HOST:PORT/.well-known/cmp/p/ALIAS.
context = "cmpProxy"
default_alias = "cmp"
# Messages for other aliases go no further. The RA's role at the CA has the right to these alone.
aliases = ["cmp"]
# Seconds that a client waits for the CA; then it is told to send the same message again.
timeout = 30
host = "0.0.0.0"
port = $port
""")

WEB_CONFIGURATION = Template("""\

# The enrolment page: lockgate --config lockgate.toml web serve
# People use it with a browser. Each has a username and a one-time password, made on the CA's host
# (lockgate end-entity add … --one-time-password) and checked there.
[web]
# The kinds of keys in keystores that the CA makes; [] for none. The end entity's token says the format: P12 or PEM.
keystore_keys = ["RSA-3072", "P-256"]
# Protects what the server keeps in the message database. Servers on one message database have the same.
secret = { file = "web.secret" }
# Without tls_certificate and tls_key (PEM files) it answers browsers on this host only.
host = "127.0.0.1"
port = $port
""")

CMP_CA_CONFIGURATION = Template("""\

# The CMP service, which answers what the RA's CMP proxy delivers.
[cmp]
# CMP's own key signs answers.
keyStorePath = "cmp.$p12"
keyStorePassword = { file = "cmp.password" }

# An alias, a table for each. Each client is an end entity, added before it enrols: its name is the reference
# (senderKID) of its messages, and its shared secret the one-time password that
# lockgate end-entity add … --one-time-password shows.
[cmp.alias.cmp]
mode = "client"
defaultCA = "$ca_name"
certificateProfile = "ENDUSER"
entityProfile = "EMPTY"
""")
