#include "providers/google/google_mailbox.h"

#include <fmt/format.h>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/google/google_batch.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {
namespace {

constexpr std::string_view kStream = "mailbox";
constexpr std::string_view kCursor = "h1:";

struct HistoryPosition {
  std::string history_id;
  std::string page_token;

  static std::optional<HistoryPosition> parse(std::string_view text) {
    if (!text.starts_with(kCursor)) return std::nullopt;
    text.remove_prefix(kCursor.size());
    const auto colon = text.find(':');
    HistoryPosition position{std::string(text.substr(0, colon)), {}};
    if (colon != text.npos) position.page_token = text.substr(colon + 1);
    return is_history_id(position.history_id) ? std::optional(position) : std::nullopt;
  }

  Cursor cursor() const {
    return Cursor(fmt::format("{}{}{}{}", kCursor, history_id, page_token.empty() ? "" : ":", page_token));
  }
};

// messages.list's `q`. Dates in it are Pacific time and of undocumented inclusiveness, so `since` is asked for as epoch
// seconds and two days early; whoever lists compares the received dates.
std::string list_query(const ListScope& scope) {
  std::string query = "-in:chats";
  if (scope.larger_than) query += fmt::format(" larger:{}", *scope.larger_than);
  if (scope.since) query += fmt::format(" after:{}", std::max<std::int64_t>(0, to_unix_seconds(*scope.since) - 172800));
  return query;
}

class GoogleMailbox : public Mailbox {
 public:
  explicit GoogleMailbox(const ProviderDeps& deps) : client_(deps, read_error), fetch_(client_) {}

  Result<Profile> profile(const Stop& stop) override {
    auto reply =
        client_.ask({.what = "reading the mailbox's profile", .path = path("/profile"), .units = units().profile},
                    read_profile, stop);
    if (!reply) return reply.error();
    return Profile{std::move(reply->email), {}, reply->messages};
  }

  // Labels and history in one batch: a run that finds nothing new costs one request.
  Result<Refresh> refresh(const Known& known, const Stop& stop) override {
    const auto streams = known.streams;
    const auto position = streams.size() == 1 ? HistoryPosition::parse(streams[0].cursor.value) : std::nullopt;
    if (position) {
      auto both = labels_and_history(*position, stop);
      if (!both) return both.error();
      if (*both) return **std::move(both);
    }
    auto labels = client_.ask({.what = "listing the labels", .path = path("/labels"), .units = units().labels},
                              read_labels, stop);
    if (!labels) return labels.error();
    return Refresh{folders(*std::move(labels)), changes(streams, stop)};
  }

  std::vector<Result<Page>> changes(std::span<const StreamCursor> streams, const Stop& stop) override {
    std::vector<Result<Page>> pages;
    for (const auto& stream : streams) {
      pages.push_back(stream.cursor.value.empty() ? present(stop) : history(stream.cursor, stop));
    }
    return pages;
  }

  Result<IdPage> list(const StreamId&, const ListScope& scope, const Cursor& from, const Stop& stop) override {
    QueryParams query{{"maxResults", "500"}, {"includeSpamTrash", "true"}, {"q", list_query(scope)}};
    if (scope.label) query.emplace_back("labelIds", scope.label->value);
    if (!from.value.empty()) query.emplace_back("pageToken", from.value);
    query.emplace_back("prettyPrint", "false");
    auto reply = client_.ask({.what = "listing the messages",
                              .path = path("/messages"),
                              .query = encode_query(query),
                              .units = units().list},
                             read_list, stop);
    if (!reply) {
      // The life of a page token is not documented. Ids are the same whenever they are listed: begin again.
      if (reply.error().code == Code::refused && !from.value.empty()) {
        return Error{Code::cursor_expired, reply.error().message, "run the same command again"};
      }
      return reply.error();
    }
    return IdPage{std::move(reply->ids), Cursor(std::move(reply->next_page_token))};
  }

  Status fetch(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop) override {
    return fetch_.run(ids, want, sink, stop);
  }

 private:
  static Folders folders(std::vector<Folder> labels) {
    return {std::move(labels), {StreamId(std::string(kStream))}, true};
  }

  // nullopt when a part was not answered as hoped: asking one by one then finds out why, and retries what passes.
  Result<std::optional<Refresh>> labels_and_history(const HistoryPosition& position, const Stop& stop) {
    auto body = write_batch({path("/labels"), path("/history") + "?" + history_query(position)});
    auto answer = client_.send({.what = "reading the labels and the changes",
                                .method = "POST",
                                .path = std::string(kBatchPath),
                                .body = std::move(body.body),
                                .content_type = std::move(body.content_type),
                                .units = units().labels + units().history},
                               stop);
    if (!answer) return answer.error();
    std::optional<std::vector<Folder>> labels;
    std::optional<HistoryReply> history;
    BatchReader reader(2, [&](BatchPart part) {
      if (part.http.status != 200) return true;
      if (part.index == 0) labels = kept(read_labels(part.http.body));
      if (part.index == 1) history = kept(read_history(part.http.body));
      return true;
    });
    reader.feed(answer->http.body);
    if (!labels || !history) return std::optional<Refresh>();
    Refresh refresh{folders(*std::move(labels)), {}};
    refresh.pages.emplace_back(page_of(position, *std::move(history)));
    return std::optional<Refresh>(std::move(refresh));
  }

  template <class T>
  static std::optional<T> kept(Result<T> result) {
    return result ? std::optional<T>(*std::move(result)) : std::nullopt;
  }

  const Units& units() const { return units_of(client_.deps().quota); }
  std::string path(std::string_view tail) const { return user_path(client_.deps().user) + std::string(tail); }

  Result<Page> present(const Stop& stop) {
    auto reply =
        client_.ask({.what = "reading the mailbox's position", .path = path("/profile"), .units = units().profile},
                    read_profile, stop);
    if (!reply) return reply.error();
    Page page;
    page.next = HistoryPosition{std::move(reply->history_id), {}}.cursor();
    return page;
  }

  Result<Page> history(const Cursor& cursor, const Stop& stop) {
    auto position = HistoryPosition::parse(cursor.value);
    if (!position) return expired("the stored position is not one of Gmail's");
    auto reply = history_page(*position, stop);
    if (!reply && reply.error().code == Code::refused && !position->page_token.empty()) {
      position->page_token.clear();  // too old a page token (400): replaying changes is harmless
      reply = history_page(*position, stop);
    }
    if (!reply && reply.error().code == Code::gone) return expired("Gmail no longer knows the stored position");
    if (!reply) return reply.error();
    return page_of(*std::move(position), *std::move(reply));
  }

  static Page page_of(HistoryPosition position, HistoryReply reply) {
    Page page;
    page.changes = std::move(reply.changes);
    page.more = !reply.next_page_token.empty();
    if (page.more) {
      position.page_token = std::move(reply.next_page_token);
    } else {
      position.page_token.clear();
      if (!reply.history_id.empty()) position.history_id = std::move(reply.history_id);
    }
    page.next = position.cursor();
    return page;
  }

  static std::string history_query(const HistoryPosition& position) {
    QueryParams query{{"startHistoryId", position.history_id}, {"maxResults", "500"}, {"prettyPrint", "false"}};
    if (!position.page_token.empty()) query.emplace_back("pageToken", position.page_token);
    return encode_query(query);
  }

  Result<HistoryReply> history_page(const HistoryPosition& position, const Stop& stop) {
    return client_.ask({.what = "reading the changes",
                        .path = path("/history"),
                        .query = history_query(position),
                        .units = units().history},
                       read_history, stop);
  }

  static Error expired(std::string_view why) { return {Code::cursor_expired, std::string(why), ""}; }

  ApiClient client_;
  GoogleFetch fetch_;
};

}  // namespace

std::unique_ptr<Mailbox> make_mailbox(const ProviderDeps& deps) {
  return std::make_unique<GoogleMailbox>(deps);
}

}  // namespace mailmgr::google
