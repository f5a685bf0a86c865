#include "core/flow/listing.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace mailmgr {
namespace {

// Marks that a provider which enumerates by listing (Gmail) keeps as labels without showing them as folders.
constexpr std::array<std::string_view, 2> kMarkLabels{"STARRED", "UNREAD"};

}  // namespace

std::string Listing::text() const {
  return fmt::format("{}\n{}\n{}\n{}\n{}", rebuild_marks ? "again" : "first", static_cast<int>(pass),
                     label ? label->value : "", pinned.value, cursor.value);
}

std::optional<Listing> Listing::parse(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (int i = 0; i < 4; ++i) {
    const auto end = text.find('\n', from);
    if (end == std::string::npos) return std::nullopt;
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  if (parts[1].size() != 1 || parts[1] < "0" || parts[1] > "3") return std::nullopt;
  Listing listing;
  listing.rebuild_marks = parts[0] == "again";
  listing.pass = static_cast<Pass>(parts[1][0] - '0');
  if ((listing.pass == Pass::ids) != parts[2].empty()) return std::nullopt;
  if (!parts[2].empty()) listing.label = FolderId(parts[2]);
  listing.pinned = Cursor(parts[3]);
  listing.cursor = Cursor(text.substr(from));
  return listing;
}

Listing ListingPlan::first(bool rebuild_marks) const {
  Listing listing;
  listing.rebuild_marks = rebuild_marks;
  (void)enter(listing);  // the pass over all ids is always there
  return listing;
}

// In a fixed order, so that an interrupted listing can go on behind the label it had reached.
bool ListingPlan::advance(Listing& listing) const {
  if (listing.label) {
    const auto labels = labels_of(listing);
    if (const auto next = labels.upper_bound(*listing.label); next != labels.end()) {
      listing.label = *next;
      return true;
    }
  }
  if (listing.pass == Listing::Pass::marks) return false;
  listing.pass = static_cast<Listing::Pass>(static_cast<int>(listing.pass) + 1);
  return enter(listing);
}

// The first place of this pass, or else of those behind it.
bool ListingPlan::enter(Listing& listing) const {
  listing.cursor = {};
  listing.label.reset();
  if (listing.pass == Listing::Pass::ids) return true;
  const auto labels = labels_of(listing);
  if (labels.empty()) return advance(listing);
  listing.label = *labels.begin();
  return true;
}

std::set<FolderId> ListingPlan::labels_of(const Listing& listing) const {
  std::set<FolderId> labels;
  for (const auto& folder : folders_) labels.insert(folder.id);
  const auto only = [&](const std::set<FolderId>& wanted) {
    std::erase_if(labels, [&](const auto& label) { return !wanted.contains(label); });
  };
  switch (listing.pass) {
    case Listing::Pass::left_out:
      only(scope_.excluded());
      break;
    case Listing::Pass::ids:
      return {};
    case Listing::Pass::included:
      only(scope_.listable().value_or(std::set<FolderId>()));
      break;
    case Listing::Pass::marks:
      if (!listing.rebuild_marks) return {};
      for (const auto mark : kMarkLabels) labels.emplace(std::string(mark));
      break;
  }
  return labels;
}

}  // namespace mailmgr
