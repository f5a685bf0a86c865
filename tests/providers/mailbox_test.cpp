// Gmail, and what holds for both providers, with scripted answers: what the sandbox does not do by itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/base/encoding.h"
#include "tests/providers/scripted_mailbox.h"

using namespace mailmgr;
using namespace mailmgr::scripted;

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
