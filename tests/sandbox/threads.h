// Groups loaded messages into threads: messages whose ids occur in each other's References or In-Reply-To belong
// together, also through a message nobody has.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailmgr::sandbox {

class Threads {
 public:
  // Joins all ids, in the order root to leaf.
  void join(const std::vector<std::string>& ids);
  // The same key for all joined ids; an id never joined is its own key.
  std::string key(const std::string& id);

 private:
  std::size_t node(const std::string& id);
  std::size_t root(std::size_t index);

  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::string> ids_;
  std::vector<std::size_t> parent_;
};

}  // namespace mailmgr::sandbox
