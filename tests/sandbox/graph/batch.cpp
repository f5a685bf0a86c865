// POST /v1.0/$batch ("Combine multiple HTTP requests using JSON batching"). The outer answer is 200 whatever the parts
// say; every part is a request of its own for limits, faults and the Prefer header.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/schema.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxParts = 20;

struct Part {
  std::string id;
  Request request;
  std::vector<std::string> depends_on;
  bool done = false;
  Response response;
  bool is_fault = false;  // its body may be anything
};

std::string required_text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().empty()) {
    bad_request("Invalid batch payload format: every request needs '" + std::string(name) + "'.");
  }
  return found->get<std::string>();
}

std::string body_of(const json& body, const Request& request) {
  if (body.is_object() || body.is_array()) {
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  if (!body.is_string()) {
    bad_request("Invalid batch payload format: 'body' must be an object or a string.");
  }
  // OData JSON 4.01 §19: text is a plain string, other types are base64url.
  const auto& text = body.get_ref<const std::string&>();
  if (request.header("Content-Type").starts_with("text/")) {
    return text;
  }
  return base64_decode(text).value_or(text);
}

void set_target(Request& request, std::string url) {
  if (url.find("://") != std::string::npos) {
    bad_request("Invalid batch payload format: the request urls must be relative.");
  }
  if (!url.starts_with('/')) {
    url.insert(url.begin(), '/');
  }
  const auto mark = url.find('?');
  request.path = "/v1.0" + url.substr(0, mark);
  request.query = mark == std::string::npos ? "" : url.substr(mark + 1);
}

Part part_of(const json& object, const Request& outer) {
  if (!object.is_object()) {
    bad_request("Invalid batch payload format.");
  }
  for (const auto& [name, value] : object.items()) {
    static constexpr std::string_view kKnown[] = {"id", "method", "url", "headers", "body", "dependsOn"};
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      bad_request("Invalid batch payload format: unknown property '" + name + "'.");
    }
  }
  Part part;
  part.id = required_text(object, "id");
  part.request.method = required_text(object, "method");
  std::transform(part.request.method.begin(), part.request.method.end(), part.request.method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  set_target(part.request, required_text(object, "url"));
  for (const auto* name : {"Host", "X-Forwarded-Proto"}) {
    if (const auto value = outer.header(name); !value.empty()) {
      part.request.headers.emplace_back(name, std::string(value));
    }
  }
  if (const auto headers = object.find("headers"); headers != object.end() && headers->is_object()) {
    for (const auto& [name, value] : headers->items()) {
      part.request.headers.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  if (const auto body = object.find("body"); body != object.end() && !body->is_null()) {
    if (part.request.header("Content-Type").empty()) {
      bad_request("Invalid batch payload format: request '" + part.id + "' has a body but no Content-Type header.");
    }
    part.request.body = body_of(*body, part.request);
  }
  if (const auto depends = object.find("dependsOn"); depends != object.end() && depends->is_array()) {
    for (const auto& id : *depends) {
      part.depends_on.push_back(id.is_string() ? id.get<std::string>() : std::string());
    }
  }
  return part;
}

Part* find_part(std::vector<Part>& parts, const std::string& id) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const Part& part) { return equals_ignoring_ascii_case(part.id, id); });
  return found == parts.end() ? nullptr : &*found;
}

std::vector<Part> parts_of(const Request& request) {
  if (request.method != "POST") {
    method_not_allowed("$batch only accepts POST.");
  }
  const auto payload = parse_object(request.body);
  const auto list = payload.find("requests");
  if (list == payload.end() || !list->is_array() || list->empty()) {
    bad_request("Invalid batch payload format: 'requests' is missing or empty.");
  }
  if (list->size() > kMaxParts) {
    bad_request("Number of batch request steps exceeds the maximum value of 20.");
  }
  std::vector<Part> parts;
  for (const auto& object : *list) {
    auto part = part_of(object, request);
    if (find_part(parts, part.id) != nullptr) {
      bad_request("Invalid batch payload format: the request id '" + part.id + "' is not unique.");
    }
    for (const auto& id : part.depends_on) {
      if (find_part(parts, id) == nullptr) {
        bad_request("Invalid batch payload format: request '" + part.id + "' depends on '" + id +
                    "', which does not come before it.");
      }
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

void run(World& world, Part& part, std::vector<Part>& parts, const Session& session, Time now) {
  const bool failed = std::any_of(part.depends_on.begin(), part.depends_on.end(),
                                  [&](const std::string& id) { return find_part(parts, id)->response.status >= 400; });
  if (failed) {
    const auto id = guid(++world.counter);
    part.response =
        error_response({424, "FailedDependency", "A request that this one depends on failed."}, id, "", now);
  } else if (part.request.path == "/v1.0/$batch") {
    part.response =
        error_response({400, "BadRequest", "A batch cannot contain a batch."}, guid(++world.counter), "", now);
  } else if (auto fault = world.faults.fault_for(part.request)) {
    part.response = std::move(*fault);
    part.is_fault = true;
  } else {
    part.response = handle_one(world, part.request, session, now);
  }
}

void write_part(JsonText& out, const Part& part) {
  const auto& response = part.response;
  bool is_json = false;
  out.open('{');
  out.field("id", part.id);
  out.field("status", static_cast<std::int64_t>(response.status));
  out.key("headers");
  out.open('{');
  for (const auto& [name, value] : response.headers) {
    out.field(name, value);
    is_json = is_json || (equals_ignoring_ascii_case(name, "Content-Type") && value.starts_with("application/json"));
  }
  out.close('}');
  if (is_json && (!part.is_fault || json::accept(response.body))) {
    out.key("body");
    out.raw(response.body);
  } else if (!response.body.empty()) {
    out.field("body", base64(response.body));
  }
  out.close('}');
}

}  // namespace

Response handle_batch(World& world, const Request& request, const Session& session, Time now) {
  std::vector<Part> parts;
  try {
    if (request.body.size() > world.limits.max_request_bytes) {
      fail(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB.");
    }
    parts = parts_of(request);
  } catch (const Fault& fault) {
    return error_response(fault, guid(++world.counter), request.header("client-request-id"), now);
  }
  std::uint64_t cost = 0;
  for (auto& part : parts) {
    run(world, part, parts, session, now);
    cost += std::max<std::uint64_t>(part.response.quota_units, 1);
  }
  JsonText out;
  out.open('{');
  out.key("responses");
  out.open('[');
  // The answers' order means nothing, which shows best when it is not the requests'.
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    write_part(out, *part);
  }
  out.close(']');
  out.close('}');
  auto response = json_response(200, std::move(out).take());
  response.headers.emplace_back("request-id", guid(++world.counter));
  response.quota_units = cost;
  return response;
}

}  // namespace mailmgr::sandbox::graph
