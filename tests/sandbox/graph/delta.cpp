// Delta queries on the messages of one folder ("message: delta"): a first walk through what is there, then the changes.
//
// Modelled on purpose, as Microsoft describes it or clients have reported it: an item may be given twice, a page may be
// empty and still have a nextLink, a mere change of the read state comes as a sparse item, removal means "left this
// folder", and with immutable ids a message that left and came back between two polls is reported as removed only: its
// return is never told, though later changes of it are.
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/delta_token.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/graph/messages.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::size_t kDefaultPage = 10;
constexpr std::uint32_t kFilteredCap = 5000;
constexpr std::string_view kRemoved = "deleted";
constexpr std::string_view kRecoverable = "changed";

// One thing to report.
struct Item {
  enum class Kind { created, updated, read_state, removed } kind = Kind::created;
  std::uint64_t sequence = 0;
  const Message* message = nullptr;  // unless removed
  std::uint32_t key = 0;
  std::uint32_t incarnation = 0;
  bool recoverable = false;
};

struct PageOut {
  std::vector<Item> items;
  DeltaToken next;
  bool last = false;  // next is a deltaLink
};

DeltaToken first_token(const Call& call, const Folder& folder, const QueryOptions& options) {
  for (const auto* name : {"$search", "$skip", "$count"}) {
    if (options.has(name)) {
      fail(400, "ErrorInvalidUrlQuery",
           "The following parameters are not supported with change tracking over the "
           "'Messages' resource: '$search, $skip, $count'.");
    }
  }
  DeltaToken token;
  token.folder = folder.key;
  token.until = call.box().sequence();
  token.position_time = std::numeric_limits<std::int64_t>::max();
  token.select = options.get("$select");
  token.expand = options.get("$expand");
  token.order = options.get("$orderby");
  token.change_type = options.get("changeType");
  if (!token.order.empty() && token.order != "receivedDateTime desc") {
    fail(400, "ErrorInvalidUrlQuery", "The only supported $orderby expression is 'receivedDateTime desc'.");
  }
  if (options.has("changeType") && token.change_type != "created" && token.change_type != "updated" &&
      token.change_type != "deleted") {
    bad_request("Invalid value '" + token.change_type + "' for the query parameter 'changeType'.");
  }
  if (options.has("$filter")) {
    const auto words = split_list(options.get("$filter"), ' ');
    if (words.size() != 3 || words[0] != "receivedDateTime" || (words[1] != "ge" && words[1] != "gt") ||
        !parse_time_literal(words[2], token.not_before)) {
      fail(400, "ErrorInvalidUrlQueryFilter",
           "The only supported $filter expressions are 'receivedDateTime ge {value}' and 'receivedDateTime gt "
           "{value}'.");
    }
    token.not_before += words[1] == "gt" ? 1 : 0;
    token.filtered = true;
  }
  return token;
}

bool repeats_item(const Call& call, const DeltaToken& token, std::size_t size) {
  return call.world.limits.restless_delta && token.page % 4 == 2 && size >= 2;
}

bool pauses(const Call& call, const DeltaToken& token) {
  return call.world.limits.restless_delta && token.page % 6 == 3;
}

// The first walk in order of arrival in the folder.
void walk_by_entry(Call& call, const Folder& folder, std::size_t size, PageOut& out) {
  auto& token = out.next;
  if (repeats_item(call, token, size)) {
    if (const auto again = folder.by_entry.find(token.position); again != folder.by_entry.end()) {
      out.items.push_back({Item::Kind::created, again->first, call.box().find(again->second), again->second, 0, false});
    }
  }
  auto at = folder.by_entry.upper_bound(token.position);
  for (; at != folder.by_entry.end() && at->first <= token.until && out.items.size() < size; ++at) {
    out.items.push_back({Item::Kind::created, at->first, call.box().find(at->second), at->second, 0, false});
    token.position = at->first;
  }
  out.last = at == folder.by_entry.end() || at->first > token.until;
}

// The first walk by date, newest first; what $orderby and $filter use.
void walk_by_time(Call& call, const Folder& folder, std::size_t size, PageOut& out) {
  auto& token = out.next;
  const auto last_key =
      token.page == 0 ? std::numeric_limits<std::uint32_t>::max() : static_cast<std::uint32_t>(token.position);
  auto at = std::make_reverse_iterator(folder.by_received.lower_bound({token.position_time, last_key}));
  const auto within = [&] {
    return at != folder.by_received.rend() &&
           (!token.filtered || (at->first >= token.not_before && token.given < kFilteredCap));
  };
  for (; within() && out.items.size() < size; ++at) {
    const Message* message = call.box().find(at->second);
    token.position_time = at->first;
    token.position = at->second;
    if (message->entered <= token.until) {
      out.items.push_back({Item::Kind::created, message->entered, message, message->key, 0, false});
      ++token.given;
    }
  }
  out.last = !within();
}

PageOut enumerate(Call& call, const Folder& folder, DeltaToken token, std::size_t size) {
  PageOut out;
  out.next = std::move(token);
  if (!out.next.change_type.empty() && out.next.change_type != "created") {
    out.last = true;
  } else if (pauses(call, out.next)) {
    // nothing this time
  } else if (out.next.filtered || !out.next.order.empty()) {
    walk_by_time(call, folder, size, out);
  } else {
    walk_by_entry(call, folder, size, out);
  }
  ++out.next.page;
  if (out.last) {
    out.next.enumerating = false;
    out.next.since = out.next.until;
    out.next.until = out.next.position = 0;
    out.next.page = 0;
  }
  return out;
}

// What happened to one message between two points of the log.
struct Story {
  std::uint8_t first_passage = 0;  // kEntered or kLeft; 0: it stayed
  std::uint8_t last_passage = 0;
  std::uint64_t first_left = 0, last_entered = 0, last_change = 0;
  std::uint32_t left_as = 0;
  bool trashed = false, changed = false, read_toggled = false;
};

std::unordered_map<std::uint32_t, Story> stories_of(const Folder& folder, const DeltaToken& token) {
  std::unordered_map<std::uint32_t, Story> stories;
  auto at = std::upper_bound(folder.log.begin(), folder.log.end(), token.since,
                             [](std::uint64_t since, const LogEntry& entry) { return since < entry.sequence; });
  for (; at != folder.log.end() && at->sequence <= token.until; ++at) {
    auto& story = stories[at->key];
    const auto passage = static_cast<std::uint8_t>(at->what & (kEntered | kLeft));
    if (passage != 0) {
      story.first_passage = story.first_passage == 0 ? passage : story.first_passage;
      story.last_passage = passage;
      story.trashed = (at->what & kTrashed) != 0;
    }
    if (passage == kLeft && story.first_left == 0) {
      story.first_left = at->sequence;
      story.left_as = at->incarnation;
    } else if (passage == kEntered) {
      story.last_entered = at->sequence;
    } else if (passage == 0) {
      story.last_change = at->sequence;
      (at->what == kReadToggled ? story.read_toggled : story.changed) = true;
    }
  }
  return stories;
}

// Turns a story into what a client is told.
void tell(Call& call, std::uint32_t key, const Story& story, std::vector<Item>& items) {
  const bool was_here = story.first_passage != kEntered;
  const bool is_here = story.last_passage != kLeft;
  const Message* message = call.box().find(key);
  if (story.first_passage == 0) {
    if (message != nullptr) {
      const auto kind = story.changed ? Item::Kind::updated : Item::Kind::read_state;
      items.push_back({kind, story.last_change, message, key, 0, false});
    }
    return;
  }
  if (was_here) {
    items.push_back({Item::Kind::removed, story.first_left, nullptr, key, story.left_as, !is_here && story.trashed});
  }
  const bool return_untold = was_here && call.prefer.immutable_ids;
  if (is_here && message != nullptr && !return_untold) {
    items.push_back({Item::Kind::created, story.last_entered, message, key, 0, false});
  }
}

bool passes(const DeltaToken& token, const MessageView& view, const Item& item) {
  const auto& wanted = token.change_type;
  switch (item.kind) {
    case Item::Kind::removed:
      return wanted.empty() || wanted == "deleted";
    case Item::Kind::read_state:  // also for messages outside the filter
      return view.shows_read_state() && (wanted.empty() || wanted == "updated");
    case Item::Kind::updated:
      return (wanted.empty() || wanted == "updated") && (!token.filtered || item.message->received >= token.not_before);
    case Item::Kind::created:
      break;
  }
  return (wanted.empty() || wanted == "created") && (!token.filtered || item.message->received >= token.not_before);
}

PageOut changes(Call& call, const Folder& folder, DeltaToken token, const MessageView& view, std::size_t size) {
  if (token.page == 0) {
    token.until = call.box().sequence();
    token.position = token.since;
  }
  std::vector<Item> items;
  for (const auto& [key, story] : stories_of(folder, token)) {
    tell(call, key, story, items);
  }
  std::erase_if(items, [&](const Item& item) { return item.sequence <= token.position || !passes(token, view, item); });
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.sequence < b.sequence; });

  PageOut out;
  out.next = std::move(token);
  const bool pause =
      !items.empty() && call.world.limits.restless_delta && out.next.page == 0 && out.next.since % 3 == 0;
  const auto count = pause ? 0 : std::min(size, items.size());
  out.items.assign(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
  if (!out.items.empty()) {
    out.next.position = out.items.back().sequence;
  }
  ++out.next.page;
  out.last = count == items.size();
  if (out.last) {
    out.next.since = out.next.until;
    out.next.until = out.next.position = 0;
    out.next.page = 0;
  }
  return out;
}

void write_item(JsonText& out, const Call& call, const MessageView& view, const Item& item) {
  if (item.kind == Item::Kind::read_state) {
    return view.write_read_state(out, *item.message);
  }
  if (item.kind != Item::Kind::removed) {
    return view.write(out, *item.message);
  }
  const bool immutable = call.prefer.immutable_ids;
  out.open('{');
  out.field("@odata.type", "#microsoft.graph.message");
  out.field("id", encode_id(call.box().number(), {immutable ? IdKind::immutable_message : IdKind::message, item.key,
                                                  immutable ? 0 : item.incarnation, 0}));
  out.key("@removed");
  out.open('{');
  out.field("reason", item.recoverable ? kRecoverable : kRemoved);
  out.close('}');
  out.close('}');
}

std::string token_of(const QueryOptions& options) {
  if (options.has("$skiptoken") && options.has("$deltatoken")) {
    bad_request("'$skiptoken' and '$deltatoken' cannot be used together.");
  }
  if (options.get("$deltatoken") == "latest") {
    fail(400, "ErrorInvalidUrlQuery", "'$deltatoken=latest' is not supported over the 'Messages' resource.");
  }
  return options.has("$skiptoken") ? options.get("$skiptoken") : options.get("$deltatoken");
}

}  // namespace

Response message_delta(Call& call, Folder* folder) {
  call.require({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"});
  if (folder == nullptr) {
    fail(400, "ErrorInvalidRequest",
         "Change tracking is not supported against 'microsoft.graph.message' without a folder.");
  }
  if (call.method() != "GET") {
    method_not_allowed("delta is a function; use GET.");
  }
  // $top is documented and has no effect; a token brings its own options.
  const QueryOptions options(call.request.query, {"$select", "$filter", "$orderby", "$expand", "$top", "changeType",
                                                  "$search", "$skip", "$count", "$skiptoken", "$deltatoken"});
  const auto text = token_of(options);
  const bool begun = options.has("$skiptoken") || options.has("$deltatoken");
  auto token = begun ? decode_token(call.box(), text, false, folder->key) : first_token(call, *folder, options);
  const MessageView view(call, token.select, token.expand);
  const auto size = call.prefer.max_page_size.value_or(kDefaultPage);
  const auto page = token.enumerating ? enumerate(call, *folder, std::move(token), size)
                                      : changes(call, *folder, std::move(token), view, size);
  JsonText out;
  out.open('{');
  out.field("@odata.context", call.root + "/$metadata#Collection(message" + view.context_suffix() + ")");
  const auto link = origin_of(call.request) + call.request.path + (page.last ? "?$deltatoken=" : "?$skiptoken=") +
                    encode_token(call.box(), page.next);
  out.field(page.last ? "@odata.deltaLink" : "@odata.nextLink", link);
  out.key("value");
  out.open('[');
  for (const auto& item : page.items) {
    write_item(out, call, view, item);
  }
  out.close(']');
  out.close('}');
  auto response = json_response(200, std::move(out).take());
  if (call.prefer.max_page_size) {
    response.headers.emplace_back("Preference-Applied", "odata.maxpagesize=" + std::to_string(size));
  }
  return response;
}

}  // namespace mailmgr::sandbox::graph
