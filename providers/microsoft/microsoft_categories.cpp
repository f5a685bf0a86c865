#include "providers/microsoft/microsoft_categories.h"

#include <fmt/format.h>

#include <iterator>

#include "core/base/encoding.h"
#include "providers/made_once.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

// In the order of preset0, preset1, … ("outlookCategory resource type": categoryColor).
constexpr std::string_view kColors[] = {"red",       "orange",      "brown",      "yellow",      "green",
                                        "teal",      "olive",       "blue",       "purple",      "cranberry",
                                        "steel",     "dark-steel",  "gray",       "dark-gray",   "black",
                                        "dark-red",  "dark-orange", "dark-brown", "dark-yellow", "dark-green",
                                        "dark-teal", "dark-olive",  "dark-blue",  "dark-purple", "dark-cranberry"};
constexpr int kMostPages = 100;

Folder as_folder(const Category& category) {
  return {FolderId(category.name), Folder::Kind::label, Role::none, category.name, {}, category.color};
}

ApiRequest json_request(std::string what, std::string_view method, std::string path, std::string body) {
  ApiRequest request;
  request.what = std::move(what);
  request.method = method;
  request.path = std::move(path);
  request.body = std::move(body);
  if (!request.body.empty()) request.content_type = "application/json";
  request.seen_through = true;
  return request;
}

}  // namespace

Result<std::string> category_color(std::string_view word) {
  auto wanted = to_lower_ascii(word);
  if (const auto grey = wanted.find("grey"); grey != std::string::npos) wanted.replace(grey, 4, "gray");
  std::string names;
  for (std::size_t i = 0; i < std::size(kColors); ++i) {
    const auto preset = fmt::format("preset{}", i);
    if (wanted == kColors[i] || wanted == preset) return preset;
    names += fmt::format("{} ", kColors[i]);
  }
  if (wanted == "none") return wanted;
  return Error{Code::usage, fmt::format("--color {}: Outlook's categories have no such colour", word),
               fmt::format("use {}or none; Outlook's own words are preset0 to preset24", names)};
}

Result<Folder> Categories::create(const FolderWish& wish, const Stop& stop) {
  const auto look = [&]() -> Result<std::optional<Folder>> {
    const auto found = find(wish.path, stop);
    if (!found) return found.error();
    const auto color = wish.color == "none" ? std::string() : wish.color;
    const bool is_it = *found && (*found)->name == wish.path && (*found)->color == color;
    return is_it ? std::optional(as_folder(**found)) : std::nullopt;
  };
  return made_once(make(wish, stop), look, kFoldersThere);
}

Result<Folder> Categories::make(const FolderWish& wish, const Stop& stop) {
  auto request = json_request(fmt::format("creating the category {}", wish.path), "POST",
                              fmt::format("{}{}/outlook/masterCategories", kRoot, root_),
                              write_category(wish.path, wish.color.empty() ? "none" : wish.color));
  request.repeatable = false;
  request.expected = {409};
  auto answer = client_.send(request, stop);
  if (!answer) return answer.error();
  if (answer->http.status == 409) {
    return Error{Code::refused, fmt::format("{}: there is a category of that name", request.what),
                 std::string(kFoldersThere)};
  }
  auto category = read_category(answer->http.body);
  if (!category) return category.error().within(request.what);
  return as_folder(*category);
}

// A category's name cannot be changed: messages carry it, not an id.
Result<Folder> Categories::change(const Folder& category, const FolderWish& wish, const Stop& stop) {
  if (wish.path != category.path) {
    return Error{Code::refused,
                 fmt::format("renaming {}: Outlook's categories cannot be renamed, as messages carry their names",
                             category.path),
                 "make another one with: mailmgr folder create NAME --label; give it to the messages with: mailmgr "
                 "label --query label:OLD --add NEW --remove OLD"};
  }
  if (wish.color.empty()) return category;
  auto path = path_of(category, stop);
  if (!path) return path.error();
  const auto what = fmt::format("changing the category {}", category.path);
  auto answer = client_.carry_out(json_request(what, "PATCH", *std::move(path), write_category("", wish.color)), stop);
  if (!answer) return answer.error();
  auto changed = category;
  changed.color = wish.color == "none" ? "" : wish.color;
  return changed;
}

Status Categories::remove(const Folder& category, const Stop& stop) {
  auto path = path_of(category, stop);
  if (!path) return path.error();
  const auto what = fmt::format("deleting the category {}", category.path);
  const auto answer = client_.carry_out(json_request(what, "DELETE", *std::move(path), ""), stop);
  return answer ? Status() : answer.error();
}

Result<std::string> Categories::path_of(const Folder& category, const Stop& stop) {
  const auto found = find(category.path, stop);
  if (!found) return found.error();
  if (*found) return fmt::format("{}{}/outlook/masterCategories/{}", kRoot, root_, percent_encode((*found)->id));
  return Error{
      Code::gone,
      fmt::format("looking for the category {}: the mailbox's list of categories has none of that name", category.path),
      "mailmgr folder list"};
}

// By its name, as Outlook compares them.
Result<std::optional<Category>> Categories::find(std::string_view name, const Stop& stop) {
  const auto what = fmt::format("looking for the category {}", name);
  std::string target = root_ + "/outlook/masterCategories";
  for (int page = 0; page < kMostPages && !target.empty(); ++page) {
    const auto question = target.find('?');
    auto list = client_.ask({.what = what,
                             .path = std::string(kRoot) + target.substr(0, question),
                             .query = question == std::string::npos ? "" : target.substr(question + 1)},
                            static_cast<Result<CategoryList> (*)(std::string_view)>(read_categories), stop);
    if (!list) return list.error();
    for (auto& entry : list->categories) {
      if (equals_ignoring_ascii_case(entry.name, name)) return std::optional(std::move(entry));
    }
    if (list->next_link.empty()) break;
    auto next = below_root(list->next_link, client_.deps().endpoints);
    if (!next) return next.error().within(what);
    target = *std::move(next);
  }
  return std::optional<Category>();
}

}  // namespace mailmgr::microsoft
