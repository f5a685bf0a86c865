#include "tests/sandbox_tests/gmail_fixture.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {

GmailFixture::GmailFixture(GmailQuota quota)
    : service(make_gmail_service(*this, quota, [this](const std::string& to, const std::string& raw) {
        delivered.push_back({to, raw});
      })) {
  service->add_mailbox("anna@gmail.test");
  service->add_mailbox("bob@gmail.test");
}

std::optional<Response> GmailFixture::fault_for(const Request& request) {
  const bool here = !fault_path.empty() && request.path.find(fault_path) != std::string::npos;
  return here ? std::optional(fault) : std::nullopt;
}

Reply GmailFixture::send(Request request) {
  Reply reply;
  reply.response = service->handle(request, session, now);
  reply.status = reply.response.status;
  reply.json = nlohmann::json::parse(reply.response.body, nullptr, false);
  return reply;
}

Reply GmailFixture::call(const std::string& method, const std::string& path, const nlohmann::json& body) {
  Request request;
  request.method = method;
  const auto question = path.find('?');
  request.path = path.substr(0, question);
  if (!request.path.starts_with('/')) {
    request.path = "/gmail/v1/users/me/" + request.path;
  }
  request.query = question == std::string::npos ? "" : path.substr(question + 1);
  request.headers = {{"Host", "127.0.0.1:8080"}, {"Authorization", "Bearer token"}};
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump();
  }
  return send(std::move(request));
}

nlohmann::json GmailFixture::control(const std::string& verb, const nlohmann::json& args) {
  return service->control("anna@gmail.test", verb, args, now);
}

std::string GmailFixture::deliver(const std::string& raw, nlohmann::json args) {
  args["raw"] = base64(raw);
  return control("deliver", args)["id"];
}

std::vector<std::string> GmailFixture::search(const std::string& q, const std::string& more) {
  const auto reply = get("messages?q=" + percent_encode(q) + more);
  REQUIRE(reply.status == 200);
  std::vector<std::string> ids;
  for (const auto& message : reply.json.value("messages", nlohmann::json::array())) {
    ids.push_back(message["id"]);
  }
  return ids;
}

std::string mail(const std::string& subject, const std::string& body, const std::string& extra) {
  return "From: Carl Example <carl@example.org>\r\nTo: anna@gmail.test\r\nSubject: " + subject + "\r\n" + extra +
         "\r\n" + body + "\r\n";
}

std::string raw_of(GmailFixture& box, const std::string& id) {
  const auto reply = box.get("messages/" + id + "?format=raw");
  REQUIRE(reply.status == 200);
  return base64_decode(reply.json["raw"].get<std::string>()).value();
}

std::vector<std::string> labels_of(GmailFixture& box, const std::string& id) {
  return box.get("messages/" + id + "?format=minimal").json.value("labelIds", std::vector<std::string>());
}

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace mailmgr::sandbox
