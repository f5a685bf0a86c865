// What the sandbox was asked: for tests and benchmarks that count requests, quota units, refreshes and concurrency.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

// The path with what varies replaced: /gmail/v1/users/{user}/messages/{id}, /v1.0/me/mailFolders/{id}/messages.
std::string path_pattern(std::string_view path);

class Stats {
 public:
  // One answered request; `api` is "google" or "microsoft", `user` may be empty.
  void count(const Request& request, const Response& response, std::string_view api, const std::string& user);
  void count_part(const Request& part);
  nlohmann::json to_json() const;

 private:
  std::uint64_t requests_ = 0, parts_ = 0, bytes_in_ = 0, bytes_out_ = 0;
  std::map<std::string, std::uint64_t> by_path_, by_part_, by_status_, units_, by_user_;
  std::map<std::string, int> concurrency_;
};

}  // namespace mailmgr::sandbox
