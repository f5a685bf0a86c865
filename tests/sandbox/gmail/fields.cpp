#include "tests/sandbox/gmail/fields.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr int kMaxDepth = 20;

// The parsed mask: names with what is selected below them; an empty node selects everything.
struct Node {
  std::map<std::string, Node> below;
};

class MaskParser {
 public:
  MaskParser(std::string_view mask, const Schemas& schemas) : mask_(mask), schemas_(schemas) {}

  Node parse(std::string_view schema) {
    Node root;
    list(root, schema, 0);
    if (at_ != mask_.size()) {
      refuse();
    }
    return root;
  }

 private:
  [[noreturn]] void refuse() const { throw invalid_argument("Invalid field selection " + std::string(mask_)); }

  bool take(char c) {
    if (at_ < mask_.size() && mask_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  void list(Node& into, std::string_view schema, int depth) {
    do {
      path(into, schema, depth);
    } while (take(','));
  }

  void path(Node& into, std::string_view schema, int depth) {
    if (depth > kMaxDepth) {
      refuse();
    }
    const auto end = mask_.find_first_of(",/()", at_);
    const std::string name(mask_.substr(at_, end == std::string_view::npos ? end : end - at_));
    at_ += name.size();
    std::string_view type;
    if (name != "*") {
      const FieldType* field = name.empty() ? nullptr : schemas_.field(schema, name);
      if (!field) {
        refuse();
      }
      type = field->type;
    }
    Node& node = into.below[name];
    if (take('/')) {
      path(node, type, depth + 1);
    } else if (take('(')) {
      list(node, type, depth + 1);
      if (!take(')')) {
        refuse();
      }
    }
  }

  std::string_view mask_;
  const Schemas& schemas_;
  std::size_t at_ = 0;
};

void keep_selected(nlohmann::json& value, const Node& node) {
  if (node.below.empty() || node.below.count("*") > 0) {
    return;
  }
  if (value.is_array()) {
    for (auto& item : value) {
      keep_selected(item, node);
    }
    return;
  }
  if (!value.is_object()) {
    return;
  }
  for (auto item = value.begin(); item != value.end();) {
    const auto selected = node.below.find(item.key());
    if (selected == node.below.end()) {
      item = value.erase(item);
      continue;
    }
    keep_selected(*item, selected->second);
    ++item;
  }
}

}  // namespace

void select_fields(nlohmann::json& answer, std::string_view mask, const Schemas& schemas, std::string_view schema) {
  keep_selected(answer, MaskParser(mask, schemas).parse(schema));
}

}  // namespace mailmgr::sandbox::gmail
