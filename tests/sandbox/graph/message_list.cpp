// GET …/messages: paging, $filter, $orderby, $search and $count ("List messages").
#include <algorithm>
#include <limits>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/graph/messages.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::size_t kMessagesPerPage = 10;
constexpr std::size_t kMaxPage = 1000;

struct OrderKey {
  std::string path;
  bool descending = false;
};

using Index = std::set<std::pair<std::int64_t, std::uint32_t>>;

std::vector<OrderKey> parse_order(const std::string& text) {
  std::vector<OrderKey> keys;
  for (const auto& item : split_list(text)) {
    const auto space = item.find(' ');
    OrderKey key;
    key.path = item.substr(0, space);
    const auto direction = space == std::string::npos ? std::string("asc") : item.substr(item.find_last_of(' ') + 1);
    if (!message_properties().contains(key.path) || (direction != "asc" && direction != "desc")) {
      bad_request("Could not find a property named '" + item + "' on type 'microsoft.graph.message'.");
    }
    key.descending = direction == "desc";
    keys.push_back(std::move(key));
  }
  return keys;
}

// "List messages": properties in $orderby must also be in $filter, first and in the same order.
void check_efficient(const std::optional<Filter>& filter, const std::vector<OrderKey>& order) {
  if (!filter || order.empty()) {
    return;
  }
  std::vector<std::string> distinct;
  for (const auto& property : filter->properties()) {
    if (std::find(distinct.begin(), distinct.end(), property) == distinct.end()) {
      distinct.push_back(property);
    }
  }
  for (std::size_t at = 0; at < order.size(); ++at) {
    if (at >= distinct.size() || distinct[at] != order[at].path) {
      fail(400, "InefficientFilter", "The restriction or sort order is too complex for this operation.");
    }
  }
}

struct Selection {
  std::vector<const Message*> page;
  std::size_t total = 0;  // complete only if it was asked for
  bool more = false;
};

// Collects [skip, skip + top) of the messages offered.
class Window {
 public:
  Window(std::size_t skip, std::size_t top, bool count_all) : skip_(skip), top_(top), count_all_(count_all) {}
  // False when nothing more can matter.
  bool offer(const Message& message) {
    const auto position = out.total++;
    if (position >= skip_ && out.page.size() < top_) {
      out.page.push_back(&message);
      return true;
    }
    out.more = out.more || position >= skip_ + top_;
    return count_all_ || !out.more;
  }
  Selection out;

 private:
  std::size_t skip_, top_;
  bool count_all_;
};

void by_time(Call& call, const Index& index, bool descending, const std::optional<Filter>& filter, Window& window) {
  const auto use = [&](std::uint32_t key) {
    const Message& message = *call.box().find(key);
    return (filter && !filter->matches(MessageEntity(call, message))) || window.offer(message);
  };
  if (descending) {
    for (auto at = index.rbegin(); at != index.rend() && use(at->second); ++at) {
    }
  } else {
    for (auto at = index.begin(); at != index.end() && use(at->second); ++at) {
    }
  }
}

void by_values(Call& call, const Index& index, const std::vector<OrderKey>& order, const std::optional<Filter>& filter,
               Window& window) {
  struct Row {
    std::vector<Value> values;
    const Message* message;
  };
  std::vector<Row> rows;
  for (auto at = index.rbegin(); at != index.rend(); ++at) {
    const Message& message = *call.box().find(at->second);
    const MessageEntity entity(call, message);
    if (filter && !filter->matches(entity)) {
      continue;
    }
    Row row{{}, &message};
    for (const auto& key : order) {
      row.values.push_back(entity.value(key.path));
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (std::size_t at = 0; at < order.size(); ++at) {
      if (a.values[at] != b.values[at]) {
        return order[at].descending ? b.values[at] < a.values[at] : a.values[at] < b.values[at];
      }
    }
    return false;
  });
  for (const auto& row : rows) {
    if (!window.offer(*row.message)) {
      return;
    }
  }
}

std::string collection_context(const Call& call, const Folder* folder, const MessageView& view) {
  return call.context(folder != nullptr ? "mailFolders('" + percent_encode(call.box().id_of(*folder)) + "')/messages" +
                                              view.context_suffix()
                                        : "messages" + view.context_suffix());
}

std::optional<Filter> filter_of(const QueryOptions& options) {
  if (!options.has("$filter")) {
    return std::nullopt;
  }
  return Filter::parse(options.get("$filter"), message_properties(), "microsoft.graph.message");
}

void check_search(const QueryOptions& options) {
  for (const auto* other : {"$filter", "$orderby", "$skip", "$count"}) {
    if (options.has(other)) {
      fail(400, "SearchWith" + std::string(other + 1),
           "The query parameter '" + std::string(other) + "' is not supported with '$search'.");
    }
  }
}

}  // namespace

Response list_messages(Call& call, const Folder* folder) {
  call.require({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"});
  const QueryOptions options(call.request.query, {"$select", "$filter", "$orderby", "$top", "$skip", "$count",
                                                  "$search", "$expand", "$skiptoken", "includeHiddenMessages"});
  const MessageView view(call, options.get("$select"), options.get("$expand"));
  const auto top = options.number("$top", 1, kMaxPage).value_or(call.prefer.max_page_size.value_or(kMessagesPerPage));
  const bool searching = options.has("$search");
  const auto skip =
      options.number(searching ? "$skiptoken" : "$skip", 0, std::numeric_limits<std::uint32_t>::max()).value_or(0);
  const auto filter = filter_of(options);
  const auto order = parse_order(options.get("$orderby"));
  const bool count = options.flag("$count");
  Window window(skip, top, count);
  const auto& index = folder != nullptr ? folder->by_received : call.box().by_received();
  if (searching) {
    check_search(options);
    for (const auto* message : search_messages(call, folder, options.get("$search"))) {
      if (!window.offer(*message)) {
        break;
      }
    }
  } else if (order.empty() || (order.size() == 1 && order.front().path == "receivedDateTime")) {
    check_efficient(filter, order);
    by_time(call, index, order.empty() || order.front().descending, filter, window);
  } else {
    check_efficient(filter, order);
    by_values(call, index, order, filter, window);
  }

  JsonText out;
  out.open('{');
  out.field("@odata.context", collection_context(call, folder, view));
  if (count) {
    out.field("@odata.count", static_cast<std::int64_t>(window.out.total));
  }
  out.key("value");
  out.open('[');
  for (const auto* message : window.out.page) {
    view.write(out, *message);
  }
  out.close(']');
  if (window.out.more) {
    const auto next = std::to_string(skip + window.out.page.size());
    out.field("@odata.nextLink", call.url_with({{searching ? "$skiptoken" : "$skip", next}}));
  }
  out.close('}');
  auto response = json_response(200, std::move(out).take());
  if (call.prefer.immutable_ids) {
    response.headers.emplace_back("Preference-Applied", "IdType=\"ImmutableId\"");
  }
  return response;
}

Response count_messages(Call& call, const Folder* folder) {
  call.require({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"});
  const QueryOptions options(call.request.query, {"$filter", "$search"});
  const auto filter = filter_of(options);
  const auto& index = folder != nullptr ? folder->by_received : call.box().by_received();
  if (!filter) {
    return count_response(index.size());
  }
  return count_response(static_cast<std::size_t>(std::count_if(index.begin(), index.end(), [&](const auto& entry) {
    return filter->matches(MessageEntity(call, *call.box().find(entry.second)));
  })));
}

}  // namespace mailmgr::sandbox::graph
