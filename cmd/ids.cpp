#include "cmd/ids.h"

#include <fmt/format.h>

#include <charconv>
#include <istream>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "cmd/output/terminal.h"

namespace mailmgr {
namespace {

Result<MessageId> read_id(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc() && end == word.data() + word.size() && value > 0) return MessageId(value);
  return Error{Code::usage, fmt::format("\"{}\" is not a message id", output::one_line(word)),
               "ids are the numbers that mailmgr list shows"};
}

// A line of standard input: an id, the first column of a list, or a JSON object.
Result<MessageId> read_line(const std::string& line) {
  if (line.front() != '{') return read_id(std::string_view(line).substr(0, line.find('\t')));
  const auto json = nlohmann::json::parse(line, nullptr, false);
  for (const char* key : {"id", "latest_id"}) {
    if (json.is_object() && json.contains(key) && json[key].is_number_integer()) {
      return read_id(std::to_string(json[key].get<std::int64_t>()));
    }
  }
  return Error{Code::usage, "a line of standard input is JSON without a number \"id\""};
}

}  // namespace

Result<std::vector<MessageId>> read_ids(const std::vector<std::string>& words, std::istream& input) {
  std::vector<MessageId> ids;
  for (const auto& word : words) {
    if (word != "-") {
      auto id = read_id(word);
      if (!id) return id.error();
      ids.push_back(*id);
      continue;
    }
    for (std::string line; std::getline(input, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty()) continue;
      auto id = read_line(line);
      if (!id) return id.error();
      ids.push_back(*id);
    }
  }
  return ids;
}

void keep_each_once(std::vector<MessageId>& ids) {
  std::unordered_set<std::int64_t> seen;
  std::erase_if(ids, [&](MessageId id) { return !seen.insert(id.value).second; });
}

}  // namespace mailmgr
