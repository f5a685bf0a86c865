#include "providers/staged_draft.h"

#include <fmt/format.h>

#include <charconv>

namespace mailmgr {

StagedDraft StagedDraft::parse(const StagedId& staged) {
  const std::string_view text = staged.value;
  const auto at = text.rfind('@');
  StagedDraft draft{std::string(text.substr(0, at)), std::nullopt};
  if (at == text.npos) return draft;
  std::int64_t since = 0;
  const auto [end, problem] = std::from_chars(text.data() + at + 1, text.data() + text.size(), since);
  if (problem == std::errc() && end == text.data() + text.size()) draft.since = since;
  return draft;
}

StagedId staged_id(std::string_view draft, Time since) {
  return StagedId(fmt::format("{}@{}", draft, to_unix_seconds(since)));
}

}  // namespace mailmgr
