// Sums over stored mail: how much, from whom, where and when, and how soon it was answered. One pass over the messages
// of a query; memory grows with the number of different keys and with the number of answers, not with the mail.
//
// A message is *received* unless it is in a sent folder or a draft. It is *answered* by the first message of a sent
// folder of the same account that belongs to the same thread and is not older; the time between the two is the time of
// its answer. Percentiles are by nearest rank.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/message_reader.h"
#include "core/ports/stop.h"

namespace mailmgr {

enum class Dimension {
  month,   // in which it was received, local time zone: "2026-01"
  sender,  // address, in lower case; of received mail only
  domain,  // of the sender's address
  folder,  // every folder and label that it is in, by word or path; in none of the folders it is in "archive"
};
std::string_view to_string(Dimension dimension);  // "month", …
std::optional<Dimension> dimension(std::string_view word);

struct Tally {
  std::uint64_t messages = 0, bytes = 0, unread = 0;
  std::uint64_t received = 0, answered = 0;
  std::optional<std::chrono::seconds> median_answer, p90_answer;
};

struct TallyRow {
  std::string key;  // hostile; may be empty (no sender)
  Tally tally;
};

struct StatisticsRequest {
  query::Query query;
  std::vector<AccountId> accounts = {};  // only these; empty: all
  std::set<Dimension> by = {};
  std::optional<std::size_t> limit = {};  // rows of each dimension: the largest, of months the latest
};

struct Statistics {
  Tally total;
  // Months in their order, all else with most messages first. Months without mail are not among them.
  std::map<Dimension, std::vector<TallyRow>> rows;
  std::map<Dimension, std::size_t> keys;  // how many rows there would be without a limit
};

class StatisticsReader {
 public:
  virtual ~StatisticsReader() = default;
  virtual Result<Statistics> sum(const StatisticsRequest& request, const std::vector<AccountName>& names,
                                 const Stop& stop) = 0;
};

}  // namespace mailmgr
