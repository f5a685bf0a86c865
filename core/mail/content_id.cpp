#include "core/mail/content_id.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/html_tags.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestContentId = 250;
constexpr std::size_t kMaxContentIds = 1000;
constexpr std::string_view kScheme = "cid:";

}  // namespace

bool is_content_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongestContentId &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>'; });
}

std::vector<std::string> content_ids_in(std::string_view html) {
  std::vector<std::string> ids;
  for (auto at = html.find('<'); at != std::string_view::npos && ids.size() < kMaxContentIds; at = html.find('<', at)) {
    HtmlTag tag;
    if (!read_tag(html, at, tag)) {
      ++at;
      continue;
    }
    at = tag.end;
    for (const auto& attribute : tag.attributes) {
      const auto value = attribute.value;
      if (!equals_ignoring_ascii_case(value.substr(0, kScheme.size()), kScheme)) continue;
      const auto written = value.substr(kScheme.size());
      auto id = percent_decode(written).value_or(std::string(written));
      if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
    }
  }
  return ids;
}

}  // namespace mailmgr::mail
