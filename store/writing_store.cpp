#include "store/writing_store.h"

#include <fmt/format.h>

namespace mailmgr::store {
namespace {

std::optional<std::string> maybe_text(const Sql& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
}

NamedTemplate read_template(const Sql& row) {
  return {row.text(0), {row.text(1), maybe_text(row, 2), maybe_text(row, 3)}, row.time(4)};
}

NamedSignature read_signature(const Sql& row) {
  NamedSignature signature{row.text(0), {maybe_text(row, 1), maybe_text(row, 2)}};
  if (!row.is_null(3)) signature.account = AccountId(row.integer(3));
  signature.changed = row.time(4);
  return signature;
}

// A number that a later or damaged store holds is never read as leave to send.
IdentityState state_of(std::int64_t number) {
  if (number == static_cast<int>(IdentityState::usable)) return IdentityState::usable;
  return number == static_cast<int>(IdentityState::pending) ? IdentityState::pending : IdentityState::unproven;
}

}  // namespace

Status SqliteTemplateStore::put(const NamedTemplate& named) {
  return db_.write(fmt::format("saving the template {}", named.name), [&] {
    db_.sql("INSERT OR REPLACE INTO template (name, subject, body, html, changed) VALUES (?,?,?,?,?)")
        .bind(named.name, named.content.subject, named.content.text, named.content.html, named.changed)
        .run();
  });
}

Result<std::optional<NamedTemplate>> SqliteTemplateStore::find(std::string_view name) {
  return db_.read("reading a template", [&]() -> std::optional<NamedTemplate> {
    auto row = db_.sql("SELECT name, subject, body, html, changed FROM template WHERE name = ?");
    if (!row.bind(name).step()) return std::nullopt;
    return read_template(row);
  });
}

Result<std::vector<NamedTemplate>> SqliteTemplateStore::list() {
  return db_.read("listing the templates", [&] {
    std::vector<NamedTemplate> result;
    auto row = db_.sql("SELECT name, subject, body, html, changed FROM template ORDER BY name");
    while (row.step()) result.push_back(read_template(row));
    return result;
  });
}

Result<bool> SqliteTemplateStore::remove(std::string_view name) {
  return db_.write("deleting a template", [&] {
    db_.sql("DELETE FROM template WHERE name = ?").bind(name).run();
    return db_.changed() > 0;
  });
}

Status SqliteSignatureStore::put(const NamedSignature& named) {
  return db_.write(fmt::format("saving the signature {}", named.name), [&] {
    db_.sql("INSERT OR REPLACE INTO signature (name, body, html, account, changed) VALUES (?,?,?,?,?)")
        .bind(named.name, named.content.text, named.content.html, named.account, named.changed)
        .run();
  });
}

Result<std::optional<NamedSignature>> SqliteSignatureStore::find(std::string_view name) {
  return db_.read("reading a signature", [&]() -> std::optional<NamedSignature> {
    auto row = db_.sql("SELECT name, body, html, account, changed FROM signature WHERE name = ?");
    if (!row.bind(name).step()) return std::nullopt;
    auto signature = read_signature(row);
    if (is_hidden(signature)) return std::nullopt;
    return signature;
  });
}

// It came with an account that is being purged.
bool SqliteSignatureStore::is_hidden(const NamedSignature& signature) const {
  return signature.account && hidden_.contains(*signature.account);
}

Result<std::vector<NamedSignature>> SqliteSignatureStore::list() {
  return db_.read("listing the signatures", [&] {
    std::vector<NamedSignature> result;
    auto row = db_.sql("SELECT name, body, html, account, changed FROM signature ORDER BY name");
    while (row.step()) {
      auto signature = read_signature(row);
      if (!is_hidden(signature)) result.push_back(std::move(signature));
    }
    return result;
  });
}

Result<bool> SqliteSignatureStore::remove(std::string_view name) {
  return db_.write("deleting a signature", [&] {
    db_.sql("DELETE FROM signature_default WHERE signature = ?1 AND ?1 <> ''").bind(name).run();
    db_.sql("DELETE FROM signature WHERE name = ?").bind(name).run();
    return db_.changed() > 0;
  });
}

Status SqliteSignatureDefaults::put(const SignatureDefault& value) {
  return db_.write("choosing a signature", [&] {
    db_.sql("INSERT OR REPLACE INTO signature_default (account, address, signature) VALUES (?,?,?)")
        .bind(value.account, value.address, value.signature)
        .run();
  });
}

Status SqliteSignatureDefaults::remove(AccountId account, std::string_view address) {
  return db_.write("choosing a signature", [&] {
    db_.sql("DELETE FROM signature_default WHERE account = ? AND address = ?").bind(account, address).run();
  });
}

Result<std::vector<SignatureDefault>> SqliteSignatureDefaults::list() {
  return db_.read("reading which signatures are the default", [&] {
    std::vector<SignatureDefault> result;
    auto row = db_.sql("SELECT account, address, signature FROM signature_default ORDER BY account, address");
    while (row.step()) result.push_back({AccountId(row.integer(0)), row.text(1), row.text(2)});
    return result;
  });
}

Status SqliteAliasStore::replace(AccountId account, const std::vector<Alias>& aliases) {
  return db_.write("saving the sending addresses", [&] {
    db_.sql("DELETE FROM alias WHERE account = ?").bind(account).run();
    std::int64_t position = 0;
    for (const auto& alias : aliases) {
      db_.sql(
             "INSERT OR IGNORE INTO alias (account, address, position, name, reply_to, state, is_primary, is_default)"
             " VALUES (?,?,?,?,?,?,?,?)")
          .bind(account, alias.email, ++position, alias.name, alias.reply_to, static_cast<int>(alias.state),
                alias.is_primary, alias.is_default)
          .run();
    }
  });
}

Result<std::vector<Alias>> SqliteAliasStore::list() {
  return db_.read("reading the sending addresses", [&] {
    std::vector<Alias> result;
    auto row = db_.sql(
        "SELECT account, address, name, reply_to, state, is_primary, is_default FROM alias ORDER BY account, position");
    while (row.step()) {
      result.push_back({AccountId(row.integer(0)), row.text(1), row.text(2), row.text(3), state_of(row.integer(4)),
                        row.boolean(5), row.boolean(6)});
    }
    return result;
  });
}

}  // namespace mailmgr::store
