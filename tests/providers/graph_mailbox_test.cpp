// Graph with scripted answers: what the sandbox does not do by itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/base/encoding.h"
#include "tests/providers/scripted_mailbox.h"

using namespace mailmgr;
using namespace mailmgr::scripted;

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
