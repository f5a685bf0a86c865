#include "tests/sandbox/stats.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace mailmgr::sandbox {
namespace {

// What follows one of these names a thing, unless it is a word of the API itself.
constexpr std::array<std::string_view, 11> kCollections = {
    "messages", "threads",     "drafts",  "labels", "mailFolders",     "childFolders",
    "users",    "attachments", "filters", "sendAs", "masterCategories"};
constexpr std::array<std::string_view, 11> kWords = {"send",    "import", "batchModify", "batchDelete",
                                                     "delta",   "$count", "$value",      "createUploadSession",
                                                     "delta()", "$batch", "me"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string path_pattern(std::string_view path) {
  std::string pattern;
  std::string_view before;
  bool first = true;
  const bool login = path.find("/oauth2/v2.0/") != path.npos || path.find("/v2.0/") != path.npos;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size()));
    const bool named = contains(kCollections, before) && (before == "users" || !contains(kWords, segment));
    pattern += '/';
    if (first && login)
      pattern += "{tenant}";
    else if (named)
      pattern += before == "users" ? "{user}" : "{id}";
    else if (segment.size() > 48)
      pattern += "{id}";
    else
      pattern += segment;
    first = false;
    before = segment;
  }
  return pattern;
}

void Stats::count(const Request& request, const Response& response, std::string_view api, const std::string& user) {
  ++requests_;
  bytes_in_ += request.body.size();
  bytes_out_ += response.body.size();
  ++by_path_[request.method + " " + path_pattern(request.path)];
  ++by_status_[std::to_string(response.status)];
  units_[std::string(api)] += response.quota_units;
  if (user.empty()) return;
  ++by_user_[user];
  auto& most = concurrency_[user];
  most = std::max(most, request.in_flight);
}

void Stats::count_part(const Request& part) {
  ++parts_;
  ++by_part_[part.method + " " + path_pattern(part.path)];
}

nlohmann::json Stats::to_json() const {
  std::uint64_t units = 0;
  for (const auto& [api, count] : units_) units += count;
  return {{"requests", requests_},
          {"by_path", by_path_},
          {"by_status", by_status_},
          {"by_user", by_user_},
          {"batch_parts", parts_},
          {"batch_parts_by_path", by_part_},
          {"quota_units", units},
          {"quota_units_by_provider", units_},
          {"max_concurrency", concurrency_},
          {"bytes_in", bytes_in_},
          {"bytes_out", bytes_out_}};
}

}  // namespace mailmgr::sandbox
