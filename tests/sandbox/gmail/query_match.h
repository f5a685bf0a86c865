// Applies a parsed Query to one message. Headers come from the message's cached facts; the body is parsed only when a
// word, an attachment or a file name is asked for.
#pragma once

#include <optional>

#include "tests/sandbox/gmail/query.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::gmail {

class Matcher {
 public:
  Matcher(const Message& message, const LabelSet& labels, Time now) : message_(message), labels_(labels), now_(now) {}

  bool matches(const Query::Node& node);

 private:
  bool leaf(const Query::Node& node);
  bool words(const Query::Node& node);
  bool place(std::string_view value) const;
  bool is(std::string_view value) const;
  bool has(std::string_view value);
  bool filename(const Query::Node& node);
  bool has_label_named(std::string_view value) const;
  bool date(const Query::Node& node) const;
  bool size(const Query::Node& node) const;
  const mime::Part& parts();

  const Message& message_;
  const LabelSet& labels_;
  Time now_;
  std::optional<mime::Part> parts_;
};

}  // namespace mailmgr::sandbox::gmail
