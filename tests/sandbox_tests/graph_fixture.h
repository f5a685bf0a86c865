// One Graph stand-in with the mailbox anna@outlook.test, and short ways to call it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/encoding.h"
#include "core/base/time.h"
#include "tests/sandbox/graph/service.h"

namespace mailmgr::sandbox::test {

using nlohmann::json;

inline constexpr const char* kAnna = "anna@outlook.test";

class ScriptedFaults final : public FaultSource {
 public:
  std::optional<Response> fault_for(const Request& request) override {
    const auto found = by_path.find(request.path);
    return found == by_path.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, Response> by_path;
};

struct Answer {
  int status = 0;
  json body;
  std::string text;
  Response response;

  std::string header(const std::string& name) const {
    for (const auto& [key, value] : response.headers) {
      if (equals_ignoring_ascii_case(key, name)) return value;
    }
    return {};
  }
  std::string code() const { return body.is_object() && body.contains("error") ? body["error"]["code"] : ""; }
};

inline std::string plain_mail(const std::string& subject, const std::string& id = "",
                              const std::string& from = "Bob <bob@example.com>") {
  return "From: " + from + "\r\nTo: anna@outlook.test\r\nSubject: " + subject +
         "\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <" + (id.empty() ? subject : id) +
         "@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello from " + subject +
         ".\r\n";
}

class Graph {
 public:
  explicit Graph(GraphLimits limits = {}) {
    service = make_graph_service(faults, limits, [this](const std::string& recipient, const std::string& raw) {
      delivered.emplace_back(recipient, raw);
    });
    service->add_mailbox(kAnna);
    session.email = kAnna;
    session.scopes = {"Mail.ReadWrite", "Mail.Send", "User.Read", "MailboxSettings.ReadWrite"};
  }

  Answer call(const std::string& method, const std::string& target, const std::string& body = {},
              HeaderList headers = {}) {
    Request request;
    request.method = method;
    std::string path = target;
    if (const auto scheme = path.find("://"); scheme != std::string::npos) {  // a link from an answer
      path = path.substr(path.find('/', scheme + 3));
    } else if (!path.starts_with("/_upload")) {
      path = "/v1.0" + path;
    }
    const auto mark = path.find('?');
    request.path = path.substr(0, mark);
    request.query = mark == std::string::npos ? "" : path.substr(mark + 1);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "127.0.0.1:8080");
    if (immutable) request.headers.emplace_back("Prefer", "IdType=\"ImmutableId\"");
    request.body = body;
    request.in_flight = in_flight;
    return answer(service->handle(request, session, now));
  }
  Answer get(const std::string& target, HeaderList headers = {}) { return call("GET", target, {}, std::move(headers)); }
  Answer post(const std::string& target, const json& body) {
    return call("POST", target, body.dump(), {{"Content-Type", "application/json"}});
  }
  Answer patch(const std::string& target, const json& body) {
    return call("PATCH", target, body.dump(), {{"Content-Type", "application/json"}});
  }
  Answer mime(const std::string& method, const std::string& target, const std::string& raw) {
    return call(method, target, base64(raw), {{"Content-Type", "text/plain"}});
  }
  Answer batch(const std::vector<json>& requests) { return post("/$batch", {{"requests", requests}}); }

  json control(const std::string& verb, const json& args = json::object()) {
    return service->control(kAnna, verb, args, now);
  }
  std::string deliver(const std::string& subject, const std::string& folder = "inbox") {
    return control("deliver", {{"raw", plain_mail(subject)}, {"folder", folder}})["id"];
  }
  void load(std::size_t count, const std::string& folder = "inbox") {
    std::vector<SourceMessage> messages;
    for (std::size_t at = 0; at < count; ++at) {
      SourceMessage message;
      message.received = from_unix_seconds(1'700'000'000 + static_cast<std::int64_t>(at) * 60);
      message.message_id = "<m" + std::to_string(at) + "@example.com>";
      message.thread_key = "t" + std::to_string(at / 3);
      message.folder = folder;
      message.unread = at % 2 == 0;
      message.raw = [at] { return plain_mail("Mail " + std::to_string(at), "m" + std::to_string(at)); };
      messages.push_back(std::move(message));
    }
    service->load(kAnna, std::move(messages));
  }
  std::string folder_id(const std::string& name) { return get("/me/mailFolders/" + name).body["id"]; }

  // Walks from a delta URL to its deltaLink; all items in order.
  struct Walk {
    std::vector<json> items;
    std::string delta_link;
    int pages = 0, empty_pages = 0;
    // The ids that are there when the items are applied in order.
    std::map<std::string, json> applied() const {
      std::map<std::string, json> here;
      for (const auto& item : items) {
        if (item.contains("@removed")) {
          here.erase(item["id"]);
        } else {
          here[item["id"]].update(item);
        }
      }
      return here;
    }
  };
  Walk walk(std::string url, int page_size = 0) {
    Walk out;
    while (out.delta_link.empty()) {
      HeaderList headers;
      if (page_size > 0) headers.emplace_back("Prefer", "odata.maxpagesize=" + std::to_string(page_size));
      const auto page = get(url, headers);
      if (page.status != 200) throw std::runtime_error(page.text);
      ++out.pages;
      out.empty_pages += page.body["value"].empty() ? 1 : 0;
      for (const auto& item : page.body["value"]) out.items.push_back(item);
      out.delta_link = page.body.value("@odata.deltaLink", "");
      url = page.body.value("@odata.nextLink", "");
    }
    return out;
  }

  static Answer answer(Response response) {
    Answer answer;
    answer.status = response.status;
    answer.text = response.body;
    answer.body = json::parse(response.body, nullptr, false);
    answer.response = std::move(response);
    return answer;
  }

  ScriptedFaults faults;
  std::unique_ptr<MailService> service;
  Session session;
  Time now = from_unix_seconds(1'795'000'000);
  bool immutable = true;
  int in_flight = 1;
  std::vector<std::pair<std::string, std::string>> delivered;
};

}  // namespace mailmgr::sandbox::test
