#include "core/flow/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/flow/sync_scope.h"

namespace mailmgr {
namespace {

constexpr std::size_t kKeyDigits = 32;

class Export {
 public:
  Export(const ExportRequest& request, const ExportWorld& world, const ExportEvents& events, ExportRecord& record)
      : request_(request), world_(world), events_(events), record_(record) {}

  // Whether to go on.
  Status one(const MessageRow& row) {
    ++record_.messages;
    const auto name = std::find_if(request_.names.begin(), request_.names.end(),
                                   [&](const AccountName& account) { return account.id == row.account; });
    if (name == request_.names.end()) {
      failed(row.id, {Code::internal, fmt::format("exporting message {}: its account is not known", row.id.value), ""});
      return {};
    }
    auto key = key_of(row, name->email);
    if (!key) {
      failed(row.id, key.error());
      return {};
    }
    const ExportItem item{row, name->name, *std::move(key)};
    const auto placed = world_.target.look(item);
    if (!placed) return placed.error();
    if (*placed == Placed::same) {
      ++record_.unchanged;
      return {};
    }
    if (!request_.dry_run) {
      Blob content;
      if (*placed == Placed::missing) {
        auto raw = world_.reader.raw(row.id);
        if (!raw) {
          failed(row.id, raw.error());
          return {};
        }
        content = *std::move(raw);
      }
      if (auto put = world_.target.put(item, *placed, content); !put) return put;
    }
    ++(*placed == Placed::missing ? record_.added : record_.updated);
    if (*placed == Placed::missing) record_.bytes += row.size;
    return {};
  }

 private:
  void failed(MessageId id, const Error& error) {
    ++record_.failed;
    events_.failed(id, error);
  }

  // A draft is another message after each change, under the same id or not.
  Result<std::string> key_of(const MessageRow& row, const std::string& email) {
    std::string text = to_lower_ascii(email) + '\n' + row.remote_id.value;
    if (row.draft) {
      auto hash = world_.inventory.content_hash(row.id);
      if (!hash) return hash.error();
      text += '\n' + hash->value_or("");
    }
    return hex(sha256(text)).substr(0, kKeyDigits);
  }

  const ExportRequest& request_;
  const ExportWorld& world_;
  const ExportEvents& events_;
  ExportRecord& record_;
};

}  // namespace

Status export_messages(const ExportRequest& request, const ExportWorld& world, const ExportEvents& events,
                       ExportRecord& record, const Stop& stop) {
  Export run(request, world, events, record);
  Status outcome;
  auto found = world.reader.search(request.query, request.selection, request.names, [&](const MessageRow& row) {
    if (stop.interrupted()) outcome = Stop::error();
    if (outcome) outcome = run.one(row);
    return outcome && events.progress(record);
  });
  return found ? outcome : found;
}

Result<bool> is_all_here(const AccountRecord& account, SyncStore& sync) {
  const auto counts = sync.counts(account.id);
  if (!counts) return counts.error();
  if (counts->messages == 0 || counts->remaining > 0) return false;
  const auto position = sync.position(account.id);
  if (!position) return position.error();
  const SyncScope scope({account.since, account.include, account.exclude}, position->folders);
  return !position->streams.empty() &&
         std::none_of(position->streams.begin(), position->streams.end(), [&](const StreamState& state) {
           const bool never_listed = state.cursor.value.empty() && !state.made_here;
           return scope.follows(state.stream) && (state.enumerating || never_listed);
         });
}

Status check_mirror(const ExportRecord& record, const std::optional<ExportRecord>& last, std::string_view path) {
  if (!record.mirror || !last) return {};
  if (last->format == record.format && last->query == record.query && last->accounts == record.accounts) return {};
  return Error{Code::usage,
               fmt::format("export: {} holds what was exported with another query, other accounts or another format: "
                           "--mirror would remove that",
                           path),
               "export into another folder, or run it without --mirror first"};
}

}  // namespace mailmgr
