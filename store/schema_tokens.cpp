#include <array>

#include "store/schema.h"

namespace mailmgr::store {
namespace {

constexpr const char* kTokens1 = R"sql(
CREATE TABLE provider (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  client_id TEXT NOT NULL,
  sealed_client_secret BLOB NOT NULL,
  tenant TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  access TEXT NOT NULL,
  extras TEXT NOT NULL,                   -- words separated by spaces
  base_url TEXT NOT NULL,
  auth_url TEXT NOT NULL,
  api_url TEXT NOT NULL,
  ca_file TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE grant_ (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- part of the tokens' seal: never used again
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  client_id TEXT NOT NULL,
  origins TEXT NOT NULL,
  email TEXT NOT NULL,
  scopes TEXT NOT NULL,                   -- separated by spaces (RFC 6749 3.3)
  access TEXT NOT NULL,
  sealed_refresh_token BLOB NOT NULL,
  sealed_access_token BLOB NOT NULL,
  access_expires INTEGER,
  refresh_expires INTEGER,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  generation INTEGER NOT NULL
);
CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  grant_id INTEGER NOT NULL,
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  since INTEGER,
  state TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  connected INTEGER NOT NULL
);
CREATE UNIQUE INDEX account_default ON account (is_default) WHERE is_default = 1;
CREATE TABLE vault (only INTEGER PRIMARY KEY CHECK (only = 1), store_uuid BLOB NOT NULL, wrapped_key BLOB NOT NULL);
INSERT INTO vault VALUES (1, randomblob(16), x'');
)sql";

constexpr const char* kTokens2 = R"sql(
-- How grants come about, and an organisation's private key (service account, certificate).
ALTER TABLE provider ADD COLUMN grants TEXT NOT NULL DEFAULT 'oauth_code';
ALTER TABLE provider ADD COLUMN sealed_private_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE provider ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE provider ADD COLUMN key_issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE grant_ ADD COLUMN refreshed INTEGER;
ALTER TABLE account ADD COLUMN include TEXT NOT NULL DEFAULT '';  -- one per line
ALTER TABLE account ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN sender_name TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN via INTEGER;                       -- the account whose login reaches this mailbox
)sql";

constexpr const char* kTokens3 = R"sql(
ALTER TABLE vault ADD COLUMN changed INTEGER;                     -- when the data key was last replaced
)sql";

constexpr const char* kTokens4 = R"sql(
ALTER TABLE provider ADD COLUMN quota TEXT NOT NULL DEFAULT '';   -- the provider's table of limits; empty: its newest
)sql";

constexpr std::array<const char*, 4> kTokensSteps{kTokens1, kTokens2, kTokens3, kTokens4};

}  // namespace

// "mmgT" in ASCII.
const DatabaseKind kTokensDatabase{"tokens.db", 0x6d6d6754, kTokensSteps, true};

}  // namespace mailmgr::store
