// Mailboxes whose provider answers from a script.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/encoding.h"
#include "tests/providers/fixture.h"

namespace mailmgr::scripted {

inline Result<Page> changes(Mailbox& mailbox, const std::string& cursor, const std::string& stream = "mailbox") {
  const StreamCursor from{StreamId(stream), Cursor(cursor)};
  auto pages = mailbox.changes({&from, 1}, {});
  REQUIRE(pages.size() == 1);
  return std::move(pages.front());
}

inline std::string delta_answer(const std::string& body) {
  return R"({"responses":[{"id":"0","status":200,"headers":{},"body":)" + body + "}]}";
}

struct Sink {
  std::mutex mutex;
  std::map<std::string, Result<Fetched>> got;

  FetchSink sink() {
    return [this](const RemoteId& id, Result<Fetched> fetched) {
      const std::lock_guard lock(mutex);
      got.emplace(id.value, std::move(fetched));
      return true;
    };
  }
};

inline std::vector<RemoteId> ids(int count) {
  std::vector<RemoteId> result;
  for (int i = 0; i < count; ++i) result.emplace_back(fmt::format("m{}", i));
  return result;
}

// Answers a Gmail batch: every part gets what `answer` says for its message id.
inline HttpResponse batch_answer(const HttpRequest& request,
                                 const std::function<std::pair<int, std::string>(const std::string&)>& answer) {
  std::string body;
  std::size_t at = 0;
  for (int part = 0; (at = request.body.find("/messages/", at)) != std::string::npos; ++part) {
    at += 10;
    const auto id = request.body.substr(at, request.body.find('?', at) - at);
    const auto [status, json] = answer(id);
    body += fmt::format("--b\r\nContent-ID: <response-{}>\r\n\r\nHTTP/1.1 {} X\r\n\r\n{}\r\n", part, status, json);
  }
  body += "--b--";
  if (request.on_body) {
    request.on_body(body);
    body.clear();
  }
  return {200, {}, body};
}

// Of a message that was asked for without a batch.
inline std::string id_asked(const HttpRequest& request) {
  const auto target = request.url.target();
  const auto at = target.find("/messages/") + 10;
  return target.substr(at, target.find_first_of("?/", at) - at);
}

inline std::string message(const std::string& id, const std::string& labels = "[]") {
  return fmt::format(R"({{"id":"{}","labelIds":{},"raw":"{}"}})", id, labels, base64url("Subject: x\r\n\r\n" + id));
}

}  // namespace mailmgr::scripted
