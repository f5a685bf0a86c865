// Makes the full-text index anew from the stored mail, in pieces (pieces.h) and beside the old one, which answers all
// searches until the new one is complete and takes its place. Positions stay, so both say the same of a message.
//
// `search_next` is the index in the making: it holds every message up to the position in the counter 'rebuilt', and
// whoever stores a message below that adds it there too (SearchIndex::add). `search_old` is one that is being thrown
// away: emptied first, as dropping it at once would be one long transaction. The counter 'rebuilding' tells for whom
// the last one was begun, so that one that was cut off is continued only by whom it is good enough for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/mail/parse.h"
#include "store/database.h"
#include "store/pieces.h"
#include "store/raw.h"
#include "store/search_index.h"

namespace mailmgr::store {

class IndexRebuild {
 public:
  static constexpr std::int64_t kAnybody = 0;

  IndexRebuild(Database& db, SearchIndex& index, RawChunks& raw, const MessageParser& parse)
      : db_(db), index_(index), raw_(raw), parse_(parse) {}

  // Begins, or continues what the same `owner` (kAnybody, or an account that is purged, of which no message is left)
  // began, and goes on until the new index is in place; messages that had lost their place in the index get one. For an
  // account that is done once. Stop's error when it was told to end; the same call goes on.
  Status run(std::int64_t owner, const GoOn& go_on);
  // Throws away what anybody began.
  Status abandon(const GoOn& go_on);

 private:
  struct Candidate {
    std::int64_t id = 0, position = 0, stored = 0;
  };
  using Read = std::map<std::int64_t, std::pair<std::int64_t, ParsedMessage>>;  // by id; `stored` when it was read

  std::optional<std::int64_t> counter(const char* name);
  void set_counter(const char* name, std::int64_t value);
  void begin(std::int64_t owner);
  void set_aside();
  Result<bool> place_some();
  Result<bool> step();
  std::vector<Candidate> candidates(std::int64_t after, std::int64_t last);
  bool finish();
  Status clear_away(const GoOn& go_on);
  bool clear_some();
  ParsedMessage read_or_subject(std::int64_t message);

  Database& db_;
  SearchIndex& index_;
  RawChunks& raw_;
  const MessageParser& parse_;
};

}  // namespace mailmgr::store
