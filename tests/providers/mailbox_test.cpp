// Provider by provider, with scripted answers: what the sandbox does not do by itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/base/encoding.h"
#include "tests/providers/fixture.h"

using namespace mailmgr;

namespace {

Result<Page> changes(Mailbox& mailbox, const std::string& cursor, const std::string& stream = "mailbox") {
  const StreamCursor from{StreamId(stream), Cursor(cursor)};
  auto pages = mailbox.changes({&from, 1}, {});
  REQUIRE(pages.size() == 1);
  return std::move(pages.front());
}

std::string delta_answer(const std::string& body) {
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

std::vector<RemoteId> ids(int count) {
  std::vector<RemoteId> result;
  for (int i = 0; i < count; ++i) result.emplace_back(fmt::format("m{}", i));
  return result;
}

// Answers a Gmail batch: every part gets what `answer` says for its message id.
HttpResponse batch_answer(const HttpRequest& request,
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
std::string id_asked(const HttpRequest& request) {
  const auto target = request.url.target();
  const auto at = target.find("/messages/") + 10;
  return target.substr(at, target.find_first_of("?/", at) - at);
}

std::string message(const std::string& id, const std::string& labels = "[]") {
  return fmt::format(R"({{"id":"{}","labelIds":{},"raw":"{}"}})", id, labels, base64url("Subject: x\r\n\r\n" + id));
}

}  // namespace

TEST_CASE("Gmail: an empty position is answered with the present one, without enumerating") {
  Scripted world;
  world.http.answer(200, R"({"emailAddress":"a@b","historyId":"77"})");
  const auto page = changes(*world.mailbox(ProviderKind::google), "").value();
  CHECK(page.changes.empty());
  CHECK_FALSE(page.more);
  CHECK_FALSE(page.snapshot);
  CHECK_FALSE(page.next.value.empty());
}

TEST_CASE("Gmail: a page token that is no longer taken costs a repetition, not a full sync") {
  Scripted world;
  const auto mailbox = world.mailbox(ProviderKind::google);
  world.http.answer(200, R"({"history":[],"nextPageToken":"p:2/x","historyId":"90"})");
  const auto first = changes(*mailbox, "h1:77").value();
  CHECK(first.more);
  world.http.answer(400,
                    R"({"error":{"code":400,"message":"Invalid pageToken","errors":[{"reason":"invalidArgument"}]}})");
  world.http.answer(200, R"({"historyId":"95"})");
  const auto second = changes(*mailbox, first.next.value).value();
  const auto requests = world.http.requests();
  CHECK(requests[1].url.query.find("pageToken=p%3A2%2Fx") != std::string::npos);
  CHECK(requests[2].url.query.find("startHistoryId=77") != std::string::npos);
  CHECK(requests[2].url.query.find("pageToken") == std::string::npos);
  CHECK(second.next.value == "h1:95");
}

TEST_CASE("Gmail: only the last page moves the position") {
  Scripted world;
  const auto mailbox = world.mailbox(ProviderKind::google);
  world.http.answer(200, R"({"nextPageToken":"p2","historyId":"90"})");
  const auto first = changes(*mailbox, "h1:77").value();
  CHECK(first.next.value.find("90") == std::string::npos);
  world.http.answer(200, R"({"historyId":"90"})");
  CHECK(changes(*mailbox, first.next.value).value().next.value == "h1:90");
}

TEST_CASE("Gmail: a listing whose page token died begins again") {
  Scripted world;
  world.http.answer(400, R"({"error":{"errors":[{"reason":"invalidArgument"}]}})");
  const auto page = world.mailbox(ProviderKind::google)->list(StreamId("mailbox"), {}, Cursor("old"), {});
  CHECK(page.error().code == Code::cursor_expired);
}

TEST_CASE("Gmail: chats are dropped, unusable answers are that message's own error") {
  Scripted world;
  world.http.always([](const HttpRequest& request) {
    return batch_answer(request, [](const std::string& id) -> std::pair<int, std::string> {
      if (id == "m0") return {200, message(id, R"(["CHAT"])")};
      if (id == "m1") return {200, R"({"id":"m1"})"};
      if (id == "m2") return {400, R"({"error":{"errors":[{"reason":"invalidArgument"}]}})"};
      if (id == "m3") return {200, message("m4")};  // another's
      if (id == "m5") return {500, "oops"};
      return {200, message(id)};
    });
  });
  Sink sink;
  CHECK(world.mailbox(ProviderKind::google)->fetch(ids(7), Want::content, sink.sink(), {}));
  REQUIRE(sink.got.size() == 7);
  CHECK(sink.got.at("m0").error().code == Code::gone);
  CHECK(sink.got.at("m1").error().code == Code::refused);
  CHECK(sink.got.at("m2").error().code == Code::refused);
  CHECK(sink.got.at("m3").error().code == Code::try_later);
  CHECK(sink.got.at("m5").error().code == Code::try_later);
  CHECK(sink.got.at("m4")->raw->bytes().value() == "Subject: x\r\n\r\nm4");
}

TEST_CASE("Gmail: batches shrink while the server asks for patience, then everything comes") {
  Scripted world;
  std::mutex mutex;
  std::vector<std::size_t> sizes;
  world.http.always([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    if (request.method == "GET") return HttpResponse{200, {}, message(id_asked(request))};
    const auto parts = static_cast<std::size_t>(std::count(request.body.begin(), request.body.end(), '?'));
    sizes.push_back(parts);
    std::size_t served = 0;
    return batch_answer(request, [&](const std::string& id) -> std::pair<int, std::string> {
      if (++served > 6) return {429, R"({"error":{"errors":[{"reason":"rateLimitExceeded"}]}})"};
      return {200, message(id)};
    });
  });
  Sink sink;
  CHECK(world.mailbox(ProviderKind::google)->fetch(ids(60), Want::content, sink.sink(), {}));
  CHECK(sink.got.size() == 60);
  CHECK(*std::min_element(sizes.begin(), sizes.end()) <= 12);
  CHECK(world.clock.slept() >= std::chrono::seconds(1));
  for (const auto& [id, fetched] : sink.got) CHECK(fetched.has_value());
}

TEST_CASE("a server that only asks for patience ends the fetch as throttled, with nothing lost to errors") {
  Scripted world;
  world.http.always([](const HttpRequest&) { return HttpResponse{429, {{"Retry-After", "5"}}, ""}; });
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    Sink sink;
    const auto outcome = world.mailbox(kind)->fetch(ids(60), Want::content, sink.sink(), {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == Code::throttled);
    CHECK(sink.got.empty());
  }
}

TEST_CASE("a network that is down ends the fetch soon, with nothing lost to errors") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    Scripted world;
    world.http.always([](const HttpRequest&) { return Error{Code::unreachable, "no route"}; });
    Sink sink;
    const auto outcome = world.mailbox(kind)->fetch(ids(60), Want::content, sink.sink(), {});
    CHECK(outcome.error().code == Code::unreachable);
    CHECK(sink.got.empty());
    CHECK(world.clock.slept() < std::chrono::seconds(30));
  }
}

TEST_CASE("a token that is never accepted ends the fetch as a login matter") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    Scripted world;
    world.http.always([&](const HttpRequest& request) {
      if (kind == ProviderKind::microsoft) {
        return HttpResponse{
            200, {}, R"({"responses":[{"id":"0","status":401,"body":{}},{"id":"1","status":401,"body":{}}]})"};
      }
      return batch_answer(request, [](const std::string&) { return std::pair(401, std::string("{}")); });
    });
    Sink sink;
    const auto outcome = world.mailbox(kind)->fetch(ids(2), Want::content, sink.sink(), {});
    REQUIRE_FALSE(outcome);
    CHECK(exit_class(outcome.error().code).code == Code::auth_required);
    CHECK(sink.got.empty());
  }
}

TEST_CASE("a message that breaks every batch it is in ends up alone with its error") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    CAPTURE(to_string(kind));
    Scripted world;
    world.http.always([&](const HttpRequest& request) -> Result<HttpResponse> {
      const auto asked = request.url.target() + request.body;
      if (asked.find("/m3?") != std::string::npos || asked.find("/m3/") != std::string::npos) {
        return HttpResponse{502, {}, "bad gateway"};
      }
      if (request.method == "GET") {
        const auto body = kind == ProviderKind::google ? message(id_asked(request)) : "Subject: x\r\n\r\n";
        return HttpResponse{200, {{"Content-Length", std::to_string(body.size())}}, body};
      }
      if (kind == ProviderKind::google) {
        return batch_answer(request, [](const std::string& id) { return std::pair(200, message(id)); });
      }
      std::string responses;
      const auto parts = std::count(request.body.begin(), request.body.end(), '$');
      for (int i = 0; i < parts; ++i) {
        responses +=
            fmt::format(R"({}{{"id":"{}","status":200,"body":"{}"}})", i ? "," : "", i, base64("Subject: x\r\n\r\n"));
      }
      return HttpResponse{200, {}, R"({"responses":[)" + responses + "]}"};
    });
    Sink sink;
    const auto outcome = world.mailbox(kind)->fetch(ids(20), Want::content, sink.sink(), {});
    if (!outcome) FAIL(outcome.error().message);
    REQUIRE(sink.got.size() == 20);
    for (const auto& [id, fetched] : sink.got) CHECK(fetched.has_value() == (id != "m3"));
  }
}

TEST_CASE("attack 74: Graph: a link to another host is not followed, and its page not taken") {
  for (const auto link :
       {"https://api.test.evil.example/v1.0/me/x", "https://evil.example/v1.0/me/x", "http://api.test/v1.0/me/x",
        "https://api.test:444/v1.0/me/x", "https://api.test/beta/me/x"}) {
    CAPTURE(link);
    Scripted world;
    world.http.answer(200, delta_answer(fmt::format(R"({{"value":[{{"id":"m"}}],"@odata.nextLink":"{}"}})", link)));
    const auto page = changes(*world.mailbox(ProviderKind::microsoft), "", "inbox");
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Code::refused);
    world.http.answer(200, fmt::format(R"({{"value":[],"@odata.nextLink":"{}"}})", link));
    CHECK(world.mailbox(ProviderKind::microsoft)->list(StreamId("f"), {}, {}, {}).error().code == Code::refused);
    for (const auto& request : world.http.requests()) CHECK(request.url.origin() == "https://api.test");
  }
}

TEST_CASE("Graph: a canonical link is followed on the configured host") {
  Scripted world;
  const auto mailbox = world.mailbox(ProviderKind::microsoft);
  world.http.answer(
      200,
      delta_answer(R"({"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/next?$skiptoken=a%3D"})"));
  const auto first = changes(*mailbox, "", "f/+=").value();
  CHECK(first.more);
  CHECK(first.snapshot);
  CHECK(world.http.last().body.find("/me/mailFolders/f%2F%2B%3D/messages/delta?$select=") != std::string::npos);
  world.http.answer(
      200,
      delta_answer(R"({"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/me/delta?$deltatoken=b"})"));
  const auto last = changes(*mailbox, first.next.value, "f/+=").value();
  CHECK(last.snapshot);
  CHECK_FALSE(last.more);
  CHECK(world.http.last().body.find("\"/me/next?$skiptoken=a%3D\"") != std::string::npos);
  CHECK(world.http.last().url.str() == "https://api.test/v1.0/$batch");
  world.http.answer(
      200,
      delta_answer(R"({"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/me/delta?$deltatoken=c"})"));
  CHECK_FALSE(changes(*mailbox, last.next.value, "f/+=").value().snapshot);
}

TEST_CASE("Graph: many folders go into few batches, and each gets its own answer") {
  Scripted world;
  std::vector<StreamCursor> streams;
  for (int i = 0; i < 45; ++i) streams.push_back({StreamId(fmt::format("f{}", i)), {}});
  world.http.always([](const HttpRequest& request) {
    std::string responses;
    std::size_t at = 0;
    for (int part = 0; (at = request.body.find("mailFolders/", at)) != std::string::npos; ++part) {
      at += 12;
      const auto folder = request.body.substr(at, request.body.find('/', at) - at);
      const auto body =
          folder == "f7" ? std::string(R"("status":410,"body":{"error":{"code":"SyncStateNotFound"}})")
          : folder == "f30"
              ? std::string(R"("status":404,"body":{"error":{"code":"ErrorItemNotFound"}})")
              : fmt::format(
                    R"("status":200,"body":{{"value":[{{"id":"{0}"}}],"@odata.deltaLink":"https://api.test/v1.0/me/{0}"}})",
                    folder);
      responses = fmt::format(R"({{"id":"{}",{}}}{})", part, body, responses.empty() ? "" : "," + responses);
    }
    return HttpResponse{200, {}, "{\"responses\":[" + responses + "]}"};
  });
  const auto pages = world.mailbox(ProviderKind::microsoft)->changes(streams, {});
  REQUIRE(pages.size() == 45);
  CHECK(world.http.requests().size() == 3);
  for (int i = 0; i < 45; ++i) {
    CAPTURE(i);
    if (i == 7) {
      CHECK(pages[i].error().code == Code::cursor_expired);
    } else if (i == 30) {
      CHECK(pages[i].error().code == Code::gone);
    } else {
      CHECK(pages[i]->changes.at(0).id.value == fmt::format("f{}", i));
    }
  }
}

TEST_CASE("Graph: throttled parts of a batch are asked for again after the longest wait, the others are not") {
  Scripted world;
  const StreamCursor streams[] = {{StreamId("a"), {}}, {StreamId("b"), {}}, {StreamId("c"), {}}};
  const std::string good = R"("status":200,"body":{"value":[],"@odata.deltaLink":"https://api.test/v1.0/me/d"})";
  world.http.answer(200, R"({"responses":[{"id":"0","status":429,"headers":{"retry-after":"9"},"body":{}},{"id":"1",)" +
                             good + R"(},{"id":"2","status":429,"headers":{"Retry-After":"20"}}]})");
  world.http.answer(200, R"({"responses":[{"id":"0",)" + good + R"(},{"id":"1",)" + good + "}]}");
  const auto pages = world.mailbox(ProviderKind::microsoft)->changes(streams, {});
  for (const auto& page : pages) CHECK(page.has_value());
  CHECK(world.clock.slept() >= std::chrono::seconds(20));
  CHECK(world.http.last().body.find("mailFolders/b/") == std::string::npos);
}

TEST_CASE("Graph: a folder tree without an end is not listed for ever") {
  Scripted world;
  int count = 0;
  world.http.always([&](const HttpRequest& request) {
    std::string responses;
    std::size_t at = 0;
    for (int part = 0; (at = request.body.find("\"url\"", at)) != std::string::npos; ++part, ++at) {
      responses += fmt::format(
          R"({}{{"id":"{}","status":200,"body":{{"id":"x","value":[{{"id":"f{}","displayName":"f","childFolderCount":1}}]}}}})",
          part ? "," : "", part, ++count);
    }
    return HttpResponse{200, {}, "{\"responses\":[" + responses + "]}"};
  });
  const auto folders = world.mailbox(ProviderKind::microsoft)->refresh({}, {});
  CHECK((!folders || folders->folders.folders.size() <= 10000));
}

TEST_CASE("Graph: a message without MIME is an error of its own") {
  Scripted world;
  world.http.always([](const HttpRequest&) {
    return HttpResponse{200, {}, R"({"responses":[{"id":"0","status":200,"body":""},{"id":"1","status":200},
      {"id":"2","status":200,"body":{"x":1}},{"id":"3","status":200,"body":"Subject: x\r\n\r\n"}]})"};
  });
  Sink sink;
  CHECK(world.mailbox(ProviderKind::microsoft)->fetch(ids(4), Want::content, sink.sink(), {}));
  for (const auto id : {"m0", "m1", "m2"}) CHECK(sink.got.at(id).error().code == Code::refused);
  CHECK(sink.got.at("m3")->raw->bytes().value() == "Subject: x\r\n\r\n");
}

TEST_CASE("Graph: an account without a mailbox is said to have none") {
  Scripted world;
  world.http.answer(200, R"({"mail":"g@x.test","displayName":"Guest"})");
  world.http.answer(404, R"({"error":{"code":"MailboxNotEnabledForRESTAPI","message":"m"}})");
  const auto profile = world.mailbox(ProviderKind::microsoft)->profile({});
  REQUIRE_FALSE(profile);
  CHECK(profile.error().code == Code::refused);
  CHECK(profile.error().hint.find("mailbox") != std::string::npos);
}

TEST_CASE("attack 73: an id made of path and query stays one segment of the path") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    CAPTURE(to_string(kind));
    Scripted world;
    world.http.always([](const HttpRequest&) { return HttpResponse{404, {}, "{}"}; });
    Sink sink;
    const RemoteId id("a/../b?$select=id&x#y\r\nHost: evil.example");
    (void)world.mailbox(kind)->fetch(std::vector{id}, Want::everything, sink.sink(), {});
    (void)world.mailbox(kind)->fetch(std::vector{id, id}, Want::everything, sink.sink(), {});
    REQUIRE(!world.http.requests().empty());
    for (const auto& request : world.http.requests()) {
      CHECK(request.url.host == "api.test");
      const auto asked = request.url.target() + request.body;
      CHECK(asked.find("/messages/a%2F..%2Fb%3F%24select%3Did%26x%23y%0D%0AHost%3A%20evil.example") !=
            std::string::npos);
      CHECK(asked.find("a/../b") == std::string::npos);
    }
  }
}

TEST_CASE("another's mailbox is reached by its address") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    Scripted world;
    auto deps = world.deps("https://api.test");
    deps.user = "shared+box@x.test";
    world.http.answer(200, R"({"emailAddress":"shared+box@x.test","historyId":"1","id":"inbox"})");
    CHECK(provider_spec(kind).mailbox(deps)->profile({}).value().email == "shared+box@x.test");
    CHECK(world.http.last().url.path.find("/users/shared%2Bbox%40x.test/") != std::string::npos);
  }
}

TEST_CASE("Graph: a login that may only send hands the message over whole") {
  SandboxMailbox box(ProviderKind::microsoft, "", "http://127.0.0.1:8080", AccessLevel::send_only);
  Outgoing mail{Blob(std::string("From: b@outlook.test\r\nTo: c@gmail.test\r\nSubject: s\r\nMessage-ID: <only@send>\r\n"
                                 "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhi\r\n")),
                "<only@send>", std::nullopt};
  const auto staged = box.courier().stage(mail, {});
  if (!staged) FAIL(staged.error().message);
  CHECK(box.courier().evidence(*staged, mail, {}).value() == Evidence::none);
  CHECK(box.courier().dispatch(*staged, mail, {}));
  CHECK(box.control("sent").find("only@send") != std::string::npos);
  CHECK_FALSE(box.courier().find_staged(mail, {}).value());
}

TEST_CASE("Gmail: an upload goes on where it broke off") {
  SandboxMailbox box(ProviderKind::google, R"({"rules":[
    {"match":{"method":"PUT","path":"upload","nth":2},"action":"reset_after","times":1},
    {"match":{"method":"PUT","path":"upload","nth":3},"action":"reset_before","times":1},
    {"match":{"method":"PUT","path":"upload","nth":4},"action":{"status":503},"times":1}]})");
  std::string text =
      "From: a@gmail.test\r\nTo: c@gmail.test\r\nSubject: big\r\nMessage-ID: <big@x>\r\nX-Mailmgr-Id: big\r\n\r\n";
  for (int i = 0; text.size() < (std::size_t{9} << 20); ++i) text += fmt::format("line {} of a large message\r\n", i);
  Outgoing mail{Blob(text), "<big@x>", std::nullopt};
  const auto staged = box.courier().stage(mail, {});
  if (!staged) FAIL(staged.error().message);
  const auto receipt = box.courier().dispatch(*staged, mail, {}).value();
  Sink sink;
  CHECK(box.mailbox().fetch(std::vector{receipt.remote_id}, Want::content, sink.sink(), {}));
  const auto sent = sink.got.at(receipt.remote_id.value)->raw->bytes().value();
  CHECK(sent.substr(sent.find("line 0")) == text.substr(text.find("line 0")));
  int puts = 0;
  for (const auto& request : box.http.requests()) puts += request.starts_with("PUT ");
  CHECK(puts == 8);  // three pieces, three failures, each asked about, two pieces sent again
}

TEST_CASE("attack 74: Gmail: an upload address elsewhere gets no message and no token") {
  for (const auto origin : {"https://evil.example", "https://api.test.evil.example", "https://api.test@evil.example",
                            "http://api.test", "https://api.test:444"}) {
    CAPTURE(origin);
    Scripted world;
    world.http.answer(200, "", {{"Location", fmt::format("{}/upload/gmail/v1/users/me/drafts?upload_id=x", origin)}});
    Outgoing mail{Blob(std::string(6000000, 'x')), "<x@x>", std::nullopt};
    CHECK(world.courier(ProviderKind::google)->stage(mail, {}).error().code == Code::refused);
    CHECK(world.http.requests().size() == 1);
  }
}

TEST_CASE("Gmail: a sent message without our marker counts by its recipients and subject, if it is newer") {
  const auto evidence = [](const std::string& headers, const std::string& date) {
    Scripted world;
    world.http.answer(404, "{}");
    world.http.answer(200, R"({"messages":[{"id":"s","threadId":"t"}]})");
    world.http.answer(
        200,
        fmt::format(R"({{"id":"s","threadId":"t","internalDate":"{}","payload":{{"headers":[{}]}}}})", date, headers));
    Outgoing mail{
        Blob(std::string("To: A <a@x>,\r\n b@x\r\nSubject: Hi there\r\nMessage-ID: <m@x>\r\nX-Mailmgr-Id: k\r\n\r\n")),
        "<m@x>", std::nullopt};
    return world.courier(ProviderKind::google)->evidence(StagedId("r1@1769850900"), mail, {}).value();
  };
  const std::string same = R"({"name":"To","value":"A <a@x>, b@x"},{"name":"Subject","value":"Hi there"})";
  CHECK(evidence(same, "1769850905000") == Evidence::sent);
  CHECK(evidence(same, "1769800000000") == Evidence::none);
  CHECK(evidence(same + R"(,{"name":"x-mailmgr-id","value":"other"})", "1769850905000") == Evidence::none);
  CHECK(evidence(R"({"name":"X-Mailmgr-Id","value":"k"})", "1769850905000") == Evidence::sent);
  CHECK(evidence(R"({"name":"To","value":"c@x"},{"name":"Subject","value":"Hi there"})", "1769850905000") ==
        Evidence::none);
  CHECK(evidence(R"({"name":"Message-Id","value":"<m@x>"})", "1769850905000") == Evidence::sent);
}

TEST_CASE("Graph: folders that are known are followed in one request, wherever they have gone") {
  SandboxMailbox box(ProviderKind::microsoft);
  box.control("create_folder", R"({"name":"Projects/Alpha"})");
  const auto paths = [](const Refresh& refresh) {
    std::map<std::string, Role> result;
    for (const auto& folder : refresh.folders.folders) result[folder.path] = folder.role;
    return result;
  };
  auto before = box.mailbox().refresh({}, {}).value();
  const auto first = paths(before);
  CHECK(first.contains("Projects/Alpha"));
  CHECK(first.at("Inbox") == Role::inbox);

  box.http.forget_requests();
  auto idle = box.mailbox().refresh({{}, before.folders.folders}, {}).value();
  CHECK(paths(idle) == first);
  CHECK(idle.folders.streams.size() == first.size());
  CHECK(box.http.requests().size() == 1);

  box.control("rename_folder", R"({"name":"Projects","to":"Work"})");
  const auto renamed = paths(box.mailbox().refresh({{}, before.folders.folders}, {}).value());
  CHECK(renamed.contains("Work/Alpha"));
  CHECK_FALSE(renamed.contains("Projects/Alpha"));
  CHECK(renamed.at("Inbox") == Role::inbox);

  box.control("create_folder", R"({"name":"Work/Alpha/Beta"})");
  box.control("create_folder", R"({"name":"Inbox/Lists"})");
  const auto grown = paths(box.mailbox().refresh({{}, before.folders.folders}, {}).value());
  CHECK(grown.contains("Work/Alpha/Beta"));
  CHECK(grown.contains("Inbox/Lists"));
  CHECK(grown.at("Inbox") == Role::inbox);
  CHECK(grown.at("Inbox/Lists") == Role::none);

  box.control("delete_folder", R"({"name":"Work/Alpha/Beta"})");
  box.control("delete_folder", R"({"name":"Work/Alpha"})");
  const auto fewer = paths(box.mailbox().refresh({{}, before.folders.folders}, {}).value());
  CHECK(fewer.contains("Work"));
  CHECK_FALSE(fewer.contains("Work/Alpha"));
}
