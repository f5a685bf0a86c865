// One query in every way the store has of answering it, against the evaluator of query_mailbox.h.
#pragma once

#include <algorithm>
#include <memory>

#include "store/hits.h"
#include "store/schema.h"
#include "tests/store/query_mailbox.h"

namespace mailmgr::store {

inline std::string ids_of(const std::vector<const KnownMail*>& mails) {
  std::vector<std::string> ids;
  for (const auto* mail : mails) ids.push_back(mail->id);
  return join(ids);
}

class QueryWays {
 public:
  explicit QueryWays(QueryMailbox& box) : box_(box) {
    auto db = Database::open(box.folder.path(), kMailDatabase, OpenMode::read);
    REQUIRE(db);
    db_ = *std::move(db);
    index_ = std::make_unique<SearchIndex>(*db_);
  }

  void check(const query::Query& query) const {
    const auto mails = box_.expected(query);
    const auto expected = ids_of(mails);
    CHECK(searched(query, {}) == expected);
    std::vector<std::int64_t> rows;
    for (const auto* mail : mails) rows.push_back(mail->row);
    for (const auto way : {HitMethod::words, HitMethod::set, HitMethod::folder, HitMethod::date}) {
      CAPTURE(to_string(way));
      CHECK(hits(query, way, std::nullopt) == rows);
      if (rows.size() < 2) continue;
      const auto& middle = *mails[rows.size() / 2 - 1];
      const std::vector<std::int64_t> rest(rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2), rows.end());
      CHECK(hits(query, way, Hit{middle.received, middle.row}) == rest);
    }
    auto best = hits(query, HitMethod::relevance, std::nullopt);
    std::sort(best.begin(), best.end());
    std::sort(rows.begin(), rows.end());
    CHECK(best == rows);
    check_threads(query);
  }

 private:
  std::string searched(const query::Query& query, const Selection& selection) const {
    std::vector<std::string> found;
    const auto done = box_.reader().search(query, selection, box_.names, [&](const MessageRow& row) {
      found.push_back(row.remote_id.value);
      return true;
    });
    CHECK_MESSAGE(done.has_value(), done.error().message);
    return join(found);
  }

  std::vector<std::int64_t> hits(const query::Query& query, HitMethod way, std::optional<Hit> before) const {
    std::vector<std::int64_t> rows;
    const auto done = db_->read("asking", [&] {
      const auto order = way == HitMethod::relevance ? Order::relevance : Order::date;
      Hits hits(*db_, *index_, QueryCompiler(*db_, box_.names).compile(query, {}), order, before, 1, way);
      for (auto batch = hits.next(); !batch.empty(); batch = hits.next()) {
        for (const auto& hit : batch) rows.push_back(hit.message);
      }
    });
    CHECK_MESSAGE(done.has_value(), done.error().message);
    return rows;
  }

  // Whole, and in pages of two.
  void check_threads(const query::Query& query) const {
    const auto expected = box_.expected_threads(query);
    std::vector<std::string> paged;
    std::optional<MessageId> before;
    for (bool more = true; more;) {
      more = false;
      const Selection page{.limit = 2, .before = before};
      const auto done = box_.reader().search_threads(query, page, box_.names, [&](const ThreadRow& thread) {
        const auto latest = box_.reader().find(thread.latest);
        paged.push_back((*latest)->remote_id.value + ":" + std::to_string(thread.count) + ":" +
                        std::to_string(thread.unread));
        before = thread.latest;
        return more = true;
      });
      REQUIRE_MESSAGE(done.has_value(), done.error().message);
      REQUIRE(paged.size() <= expected.size() + 2);
    }
    CHECK(paged == expected);
  }

  QueryMailbox& box_;
  std::unique_ptr<Database> db_;
  std::unique_ptr<SearchIndex> index_;
};

}  // namespace mailmgr::store
