// …/mailFolders and …/childFolders. A list shows the direct children of one folder only, ten at a time by default.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/delta_token.h"
#include "tests/sandbox/graph/filter.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/messages.h"
#include "tests/sandbox/graph/schema.h"
#include "tests/sandbox/graph/settings.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::size_t kFoldersPerPage = 10;

struct FolderView {
  std::vector<std::string> select;
  std::vector<Expand> expand;
};

FolderView view_of(const QueryOptions& options) {
  FolderView view{split_list(options.get("$select")), parse_expand(options.get("$expand"))};
  for (const auto& name : view.select) {
    if (!has_property("mailFolder", name)) {
      bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + name +
                  "' on type 'microsoft.graph.mailFolder'.");
    }
  }
  for (const auto& item : view.expand) {
    if (item.name != "childFolders") {
      bad_request("Parsing OData Select and Expand failed: '" + item.name + "' cannot be expanded here.");
    }
  }
  return view;
}

void write_folder(JsonText& out, const Mailbox& box, const Folder& folder, const FolderView& view,
                  std::string_view context = {}) {
  const auto has = [&](std::string_view name) {
    return view.select.empty() || std::find(view.select.begin(), view.select.end(), name) != view.select.end();
  };
  out.open('{');
  if (!context.empty()) out.field("@odata.context", context);
  out.field("id", box.id_of(folder));
  if (has("displayName")) out.field("displayName", folder.name);
  if (has("parentFolderId")) {
    // The root's parent is outside the message folders; it has an id all the same.
    out.field("parentFolderId", encode_id(box.number(), {IdKind::folder, folder.parent, 0, 0}));
  }
  if (has("childFolderCount")) {
    out.field("childFolderCount", static_cast<std::int64_t>(box.children(folder.key, false).size()));
  }
  if (has("unreadItemCount")) out.field("unreadItemCount", static_cast<std::int64_t>(folder.unread));
  if (has("totalItemCount")) out.field("totalItemCount", static_cast<std::int64_t>(folder.by_entry.size()));
  if (has("isHidden")) out.field("isHidden", folder.hidden);
  if (!view.expand.empty()) {
    out.key("childFolders");
    out.open('[');
    for (const auto key : box.children(folder.key, false)) {
      write_folder(out, box, box.folder(key), {view.expand.front().select, {}});
    }
    out.close(']');
  }
  out.close('}');
}

Response folder_response(const Call& call, int status, const Folder& folder, const FolderView& view = {}) {
  JsonText out;
  write_folder(out, call.box(), folder, view, call.context("mailFolders/$entity"));
  return json_response(status, std::move(out).take());
}

class FolderEntity final : public Entity {
 public:
  FolderEntity(const Mailbox& box, const Folder& folder) : box_(box), folder_(folder) {}
  Value value(std::string_view path) const override {
    if (path == "displayName") return folder_.name;
    if (path == "isHidden") return folder_.hidden;
    if (path == "id") return box_.id_of(folder_);
    if (path == "unreadItemCount") return static_cast<std::int64_t>(folder_.unread);
    if (path == "totalItemCount") return static_cast<std::int64_t>(folder_.by_entry.size());
    return static_cast<std::int64_t>(box_.children(folder_.key, false).size());
  }
  std::vector<Element> elements(std::string_view) const override { return {}; }

 private:
  const Mailbox& box_;
  const Folder& folder_;
};

const PropertyTypes& folder_properties() {
  static const PropertyTypes types = {{"displayName", PropertyType::text},
                                      {"isHidden", PropertyType::boolean},
                                      {"id", PropertyType::text},
                                      {"unreadItemCount", PropertyType::number},
                                      {"totalItemCount", PropertyType::number},
                                      {"childFolderCount", PropertyType::number}};
  return types;
}

std::vector<std::uint32_t> selected(const Call& call, std::uint32_t parent, const QueryOptions& options) {
  auto keys = call.box().children(parent, options.flag("includeHiddenFolders"));
  if (options.has("$filter")) {
    const auto filter = Filter::parse(options.get("$filter"), folder_properties(), "microsoft.graph.mailFolder");
    std::erase_if(keys,
                  [&](std::uint32_t key) { return !filter.matches(FolderEntity(call.box(), call.box().folder(key))); });
  }
  const auto& order = options.get("$orderby");
  if (order == "displayName desc") {
    std::reverse(keys.begin(), keys.end());
  } else if (!order.empty() && order != "displayName" && order != "displayName asc") {
    bad_request("Folders can only be ordered by 'displayName'.");
  }
  return keys;
}

Response list(Call& call, std::uint32_t parent) {
  const QueryOptions options(call.request.query, {"$select", "$filter", "$orderby", "$top", "$skip", "$count",
                                                  "$expand", "includeHiddenFolders"});
  const auto view = view_of(options);
  const auto keys = selected(call, parent, options);
  const auto top = options.number("$top", 1, 1000).value_or(call.prefer.max_page_size.value_or(kFoldersPerPage));
  const auto skip = std::min(options.number("$skip", 0, 1 << 30).value_or(0), keys.size());
  const auto end = std::min(keys.size(), skip + top);
  JsonText out;
  out.open('{');
  out.field("@odata.context", call.context("mailFolders"));
  if (options.flag("$count")) {
    out.field("@odata.count", static_cast<std::int64_t>(keys.size()));
  }
  out.key("value");
  out.open('[');
  for (auto at = skip; at < end; ++at) {
    write_folder(out, call.box(), call.box().folder(keys[at]), view);
  }
  out.close(']');
  if (end < keys.size()) {
    out.field("@odata.nextLink", call.url_with({{"$skip", std::to_string(end)}}));
  }
  out.close('}');
  return json_response(200, std::move(out).take());
}

nlohmann::json folder_body(const Call& call) {
  auto body = parse_object(call.json_body());
  check_object(body, "mailFolder");
  if (!body.contains("displayName") || !body["displayName"].is_string()) {
    fail(400, "ErrorInvalidRequest", "The property 'displayName' is required.");
  }
  return body;
}

Response create(Call& call, std::uint32_t parent) {
  call.require({"Mail.ReadWrite"});
  const QueryOptions none(call.request.query, {});
  const auto body = folder_body(call);
  const bool hidden = body.contains("isHidden") && body["isHidden"].is_boolean() && body["isHidden"].get<bool>();
  return folder_response(call, 201, call.box().add_folder(body["displayName"].get<std::string>(), parent, hidden));
}

void require_own(const Folder& folder, std::string_view code) {
  if (!folder.well_known.empty()) {
    fail(403, code, "The operation cannot be performed on a distinguished folder.");
  }
}

Response resource(Call& call, Folder& folder) {
  if (call.method() == "GET") {
    const QueryOptions options(call.request.query, {"$select", "$expand", "includeHiddenFolders"});
    return folder_response(call, 200, folder, view_of(options));
  }
  const QueryOptions none(call.request.query, {});
  call.require({"Mail.ReadWrite"});
  if (call.method() == "PATCH") {
    const auto body = folder_body(call);
    require_own(folder, "ErrorAccessDenied");
    call.box().rename_folder(folder, body["displayName"].get<std::string>());
    return folder_response(call, 200, folder);
  }
  if (call.method() == "DELETE") {
    require_own(folder, "ErrorDeleteDistinguishedFolder");
    call.box().remove_folder(folder);
    return empty_response(204);
  }
  method_not_allowed("The HTTP method '" + call.method() + "' is not supported on folders.");
}

Folder& copy_folder(Mailbox& box, const Folder& source, std::uint32_t parent) {
  const auto children = box.children(source.key, true);  // before the copy can become one of them
  Folder& twin = box.add_folder(source.name, parent, source.hidden);
  for (const auto& [entry, key] : source.by_entry) {
    Message message = *box.find(key);
    message.incarnation = 0;
    box.add(std::move(message), twin.key);
  }
  for (const auto key : children) {
    copy_folder(box, box.folder(key), twin.key);
  }
  return twin;
}

Response relocate(Call& call, Folder& folder, bool copy) {
  const auto parameters = action_parameters(call.json_body(), {"destinationId:string"});
  const auto destination = parameters.find("destinationId");
  if (destination == parameters.end() || !destination->is_string()) {
    bad_request("The value of the parameter 'DestinationId' is empty.");
  }
  Folder& parent = call.box().folder_by_id(destination->get<std::string>());
  if (copy) {
    return folder_response(call, 201, copy_folder(call.box(), folder, parent.key));
  }
  require_own(folder, "ErrorMoveDistinguishedFolder");
  call.box().move_folder(folder, parent.key);
  return folder_response(call, 201, folder);
}

Response action(Call& call, Folder& folder, const std::string& name) {
  const auto lower = to_lower_ascii(name);
  if (lower != "move" && lower != "copy" && lower != "permanentdelete") {
    bad_request("Resource not found for the segment '" + name + "'.");
  }
  if (call.method() != "POST") {
    method_not_allowed("'" + name + "' is an action; use POST.");
  }
  const QueryOptions none(call.request.query, {});
  call.require({"Mail.ReadWrite"});
  if (lower != "permanentdelete") {
    return relocate(call, folder, lower == "copy");
  }
  require_own(folder, "ErrorDeleteDistinguishedFolder");
  call.box().remove_folder(folder);
  return empty_response(204);
}

// call.path[at] is "mailFolders" or "childFolders" of `parent`.
Response collection(Call& call, std::size_t at, std::uint32_t parent) {
  const auto rest = call.path.size() - at;
  if (rest == 1) {
    if (call.method() == "GET") return list(call, parent);
    if (call.method() == "POST") return create(call, parent);
    method_not_allowed("The HTTP method '" + call.method() + "' is not supported on the folders collection.");
  }
  const std::string& second = call.path[at + 1];
  if (rest == 2 && second == "$count") {
    const QueryOptions options(call.request.query, {"$filter", "includeHiddenFolders"});
    return count_response(selected(call, parent, options).size());
  }
  if (rest == 2 && equals_ignoring_ascii_case(second, "delta")) {
    if (at != 0) {
      fail(501, "NotImplemented", "This stand-in tracks changes of all folders, not below one.");
    }
    return folder_delta(call);
  }
  Folder& folder = call.box().folder_by_id(second);
  if (at != 0 && folder.parent != parent) {
    item_not_found();
  }
  if (rest == 2) {
    return resource(call, folder);
  }
  const std::string& third = call.path[at + 2];
  if (equals_ignoring_ascii_case(third, "messages")) {
    return handle_message_path(call, at + 2, &folder);
  }
  if (equals_ignoring_ascii_case(third, "childFolders")) {
    return collection(call, at + 2, folder.key);
  }
  if (equals_ignoring_ascii_case(third, "messageRules")) {
    return handle_rules(call, at + 2, folder);
  }
  if (rest == 3) {
    return action(call, folder, third);
  }
  bad_request("Resource not found for the segment '" + third + "'.");
}

}  // namespace

Response handle_folders(Call& call) {
  call.require({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite", "MailboxSettings.Read", "MailboxSettings.ReadWrite"});
  const bool rules = call.path.size() > 2 && equals_ignoring_ascii_case(call.path[2], "messageRules");
  if (!rules) {
    call.require({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"});
  }
  return collection(call, 0, call.box().root());
}

// "mailFolder: delta": all folders, flat; it reports changes of folders, never of what is in them.
Response folder_delta(Call& call) {
  const QueryOptions options(call.request.query, {"$select", "$skiptoken", "$deltatoken"});
  auto& box = call.box();
  const bool next = options.has("$skiptoken");
  DeltaToken token;
  token.of_folders = true;
  token.until = box.sequence();
  token.select = options.get("$select");
  if (next || options.has("$deltatoken")) {
    token = decode_token(box, options.get(next ? "$skiptoken" : "$deltatoken"), true, 0);
    token.until = next ? token.until : box.sequence();
  }
  const FolderView view{split_list(token.select), {}};
  // The last change of every folder in the range; the first walk reports no dead ones.
  std::map<std::uint64_t, std::uint32_t> items;
  for (const auto& change : box.folder_log()) {
    const auto& folder = box.folder(change.key);
    const bool told = folder.key != box.root() && !folder.hidden && (folder.alive || !token.enumerating);
    if (change.sequence > token.since && change.sequence <= token.until && told) {
      std::erase_if(items, [&](const auto& item) { return item.second == change.key; });
      items.emplace(change.sequence, change.key);
    }
  }
  const auto size = call.prefer.max_page_size.value_or(kFoldersPerPage);
  JsonText values;
  values.open('[');
  std::size_t count = 0;
  auto at = items.upper_bound(token.position);
  for (; at != items.end() && count < size; ++at, ++count) {
    const auto& folder = box.folder(at->second);
    token.position = at->first;
    if (folder.alive) {
      write_folder(values, box, folder, view);
      continue;
    }
    values.open('{');
    values.field("id", box.id_of(folder));
    values.key("@removed");
    values.raw(R"({"reason":"deleted"})");
    values.close('}');
  }
  values.close(']');
  const bool last = at == items.end();
  if (last) {
    token.since = token.until;
    token.position = token.until = 0;
    token.enumerating = false;
  }
  JsonText out;
  out.open('{');
  out.field("@odata.context", call.root + "/$metadata#Collection(mailFolder)");
  out.field(last ? "@odata.deltaLink" : "@odata.nextLink", origin_of(call.request) + call.request.path +
                                                               (last ? "?$deltatoken=" : "?$skiptoken=") +
                                                               encode_token(box, token));
  out.key("value");
  out.raw(values.str());
  out.close('}');
  return json_response(200, std::move(out).take());
}

}  // namespace mailmgr::sandbox::graph
