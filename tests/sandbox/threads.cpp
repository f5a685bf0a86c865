#include "tests/sandbox/threads.h"

#include <algorithm>

namespace mailmgr::sandbox {

std::size_t Threads::node(const std::string& id) {
  const auto [found, fresh] = index_.try_emplace(id, ids_.size());
  if (fresh) {
    ids_.push_back(id);
    parent_.push_back(found->second);
  }
  return found->second;
}

std::size_t Threads::root(std::size_t index) {
  while (parent_[index] != index) index = parent_[index] = parent_[parent_[index]];
  return index;
}

void Threads::join(const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  const auto first = node(ids.front());
  for (const auto& id : ids) {
    const auto a = root(first), b = root(node(id));
    // The id seen first stays the root, so that a key does not depend on the order of joins that follow.
    parent_[std::max(a, b)] = std::min(a, b);
  }
}

std::string Threads::key(const std::string& id) {
  return ids_[root(node(id))];
}

}  // namespace mailmgr::sandbox
