// What every provider promises (core/ports/provider.h), held against the sandbox: each case runs for Google and
// Microsoft.
#include "tests/providers/contract.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "tests/providers/fixture.h"

using namespace mailmgr;
using namespace mailmgr::contract;

namespace {

std::string mime(const std::string& subject, const std::string& body = "hello\r\n") {
  return fmt::format(
      "From: Sender <s@example.test>\r\nTo: a@gmail.test\r\nSubject: {}\r\nMessage-ID: <{}@example.test>\r\n"
      "Date: Fri, 30 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}",
      subject, subject, body);
}

struct Fetches {
  std::map<std::string, Result<Fetched>> by_id;
  Status outcome;
};

Fetches fetch(SandboxMailbox& box, const std::vector<RemoteId>& ids, Want want) {
  Fetches result;
  std::mutex mutex;
  const auto sink = [&](const RemoteId& id, Result<Fetched> fetched) {
    const std::lock_guard lock(mutex);
    CHECK(result.by_id.emplace(id.value, std::move(fetched)).second);  // once per id
    return true;
  };
  result.outcome = box.mailbox().fetch(ids, want, sink, {});
  return result;
}

FolderId folder_of(SandboxMailbox& box, Role role) {
  const auto folders = box.mailbox().refresh({}, {}).value().folders;
  for (const auto& folder : folders.folders) {
    if (folder.role == role) return folder.id;
  }
  FAIL("no such folder");
  return {};
}

}  // namespace

TEST_CASE("the profile names the mailbox") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    CHECK(box.mailbox().profile({}).value().email == box.email);
  }
}

TEST_CASE("folders have their roles and streams to follow") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    box.control("create_folder", R"({"name":"Work/2026"})");
    const auto folders = box.mailbox().refresh({}, {}).value().folders;
    std::set<Role> roles;
    bool own = false;
    for (const auto& folder : folders.folders) {
      roles.insert(folder.role);
      own |= folder.path == "Work/2026" && folder.role == Role::none;
    }
    for (const auto role : {Role::inbox, Role::sent, Role::drafts, Role::trash, Role::spam})
      CHECK(roles.contains(role));
    CHECK(own);
    CHECK(!folders.streams.empty());
    if (kind == ProviderKind::google) CHECK(folders.streams.size() == 1);
  }
}

TEST_CASE("what is in the mailbox is enumerated, by snapshot or by listing") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::set<std::string> ids;
    for (int i = 0; i < 60; ++i)
      ids.insert(box.deliver_id(mime(fmt::format("m{}", i)), i % 3 ? "" : R"("folder":"archive")"));
    ids.insert(box.deliver_id(mime("spam"), R"("folder":"spam")"));
    ids.insert(box.deliver_id(mime("trash"), R"("folder":"trash")"));

    Mirror mirror;
    mirror.follow(box);
    CHECK(mirror.snapshot == box.spec.snapshots_streams);
    std::set<std::string> seen;
    for (const auto& [id, marks] : mirror.known) seen.insert(id.value);
    if (box.spec.snapshots_streams) CHECK(seen == ids);
    CHECK(list_all(box) == ids);
  }
}

TEST_CASE("changes after the first round are told, and only those") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto read = box.deliver_id(mime("read"), R"("unread":true)");
    const auto star = box.deliver_id(mime("star"));
    const auto gone = box.deliver_id(mime("gone"));
    Mirror mirror;
    mirror.follow(box);

    const auto fresh = box.deliver_id(mime("new"), R"("unread":true,"labels":["Red"])");
    box.control("mark", fmt::format(R"({{"id":"{}","unread":false}})", read));
    box.control("mark", fmt::format(R"({{"id":"{}","starred":true}})", star));
    box.control("delete", fmt::format(R"({{"id":"{}"}})", gone));
    mirror.follow(box);
    CHECK_FALSE(mirror.snapshot);
    CHECK(mirror.last(fresh).presence == Presence::present);
    CHECK(mirror.last(read).marks.unread == false);
    CHECK(mirror.last(star).marks.starred == true);
    CHECK(mirror.last(gone).presence != Presence::present);

    mirror.follow(box);
    for (const auto& change : mirror.changes) CHECK(change.id.value == fresh);  // Graph may repeat itself
  }
}

TEST_CASE("a run that finds nothing costs few requests: one for Gmail") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    box.deliver(mime("x"));
    Mirror mirror;
    mirror.follow(box);
    mirror.follow(box);
    std::vector<StreamCursor> streams;
    for (const auto& [stream, cursor] : mirror.cursors) streams.push_back({stream, cursor});
    box.http.forget_requests();
    const auto refreshed = box.mailbox().refresh({streams}, {}).value();
    CHECK(box.http.requests().size() <= (kind == ProviderKind::google ? 1 : 3));
    CHECK_FALSE(refreshed.folders.folders.empty());
    REQUIRE(refreshed.pages.size() == streams.size());
    for (const auto& page : refreshed.pages) CHECK(page.has_value());
  }
}

TEST_CASE("a position the provider has forgotten is expired, and starting again works") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    box.deliver(mime("x"));
    Mirror mirror;
    mirror.follow(box);
    box.deliver(mime("y"));
    box.control("expire_cursors");
    for (const auto& [stream, cursor] : mirror.cursors) {
      const StreamCursor old{stream, cursor};
      const auto pages = box.mailbox().changes({&old, 1}, {});
      REQUIRE_FALSE(pages.front());
      CHECK(pages.front().error().code == Code::cursor_expired);
      const StreamCursor garbage{stream, Cursor("garbage\r\nX: y")};
      CHECK(box.mailbox().changes({&garbage, 1}, {}).front().error().code == Code::cursor_expired);
    }
    Mirror again;
    again.follow(box);
    CHECK(list_all(box).size() == 2);
  }
}

TEST_CASE("content comes whole, each message once, and what is gone is said to be") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::vector<RemoteId> ids;
    std::map<std::string, std::string> sent;
    for (int i = 0; i < 130; ++i) {
      const auto text = mime(fmt::format("m{}", i), std::string(1 + i * 37, 'x') + "\r\n");
      ids.emplace_back(box.deliver_id(text, i % 2 ? R"("unread":true)" : R"("starred":true)"));
      sent[ids.back().value] = text;
    }
    box.control("delete", fmt::format(R"({{"id":"{}"}})", ids[70].value));
    const auto result = fetch(box, ids, Want::everything);
    REQUIRE(result.outcome);
    CHECK(result.by_id.size() == ids.size());
    for (const auto& [id, fetched] : result.by_id) {
      if (id == ids[70].value) {
        REQUIRE_FALSE(fetched);
        CHECK(fetched.error().code == Code::gone);
        continue;
      }
      if (!fetched) FAIL(fetched.error().message);
      const auto bytes = fetched->raw->bytes().value();
      // Graph composes the MIME anew; Gmail gives the bytes.
      if (kind == ProviderKind::google) CHECK(bytes == sent[id]);
      CHECK(bytes.find("Subject: m") != std::string::npos);
      CHECK(fetched->marks.complete);
      CHECK(fetched->received);
      CHECK_FALSE(fetched->thread.value.empty());
    }
    CHECK(result.by_id.at(ids[1].value)->marks.unread == true);
    CHECK(result.by_id.at(ids[0].value)->marks.starred == true);
  }
}

TEST_CASE("marks come without content") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto id = box.deliver_id(mime("x"), R"("unread":true,"labels":["Red"])");
    const auto result = fetch(box, {RemoteId(id), RemoteId("0123456789abcdef")}, Want::marks);
    REQUIRE(result.outcome);
    const auto& marks = result.by_id.at(id).value().marks;
    CHECK_FALSE(result.by_id.at(id)->raw);
    CHECK(marks.complete);
    CHECK(marks.unread == true);
    CHECK_FALSE(result.by_id.at("0123456789abcdef"));
    const auto inbox = folder_of(box, Role::inbox);
    const bool filed = marks.folder == inbox || std::count(marks.labels->begin(), marks.labels->end(), inbox) == 1;
    CHECK(filed);
  }
}

TEST_CASE("messages too large for a batch come all the same") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::string line = "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
    std::string body;
    while (body.size() < (std::size_t{7} << 20)) body += line;
    std::vector<RemoteId> ids;
    for (int i = 0; i < 5; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("small{}", i))));
    ids.emplace(ids.begin() + 2, box.deliver_id(mime("large", body)));
    const auto result = fetch(box, ids, Want::everything);
    REQUIRE(result.outcome);
    REQUIRE(result.by_id.size() == 6);
    for (const auto& [id, fetched] : result.by_id) {
      if (!fetched) FAIL(fetched.error().message);
    }
    CHECK(result.by_id.at(ids[2].value)->raw->size() >= body.size());
    CHECK(result.by_id.at(ids[2].value)->marks.complete);
  }
}

TEST_CASE("only what carries a label is listed when asked for") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    box.deliver(mime("plain"));
    const auto red = box.deliver_id(mime("red"), R"("labels":["Red"])");
    FolderId label("Red");
    const auto folders = box.mailbox().refresh({}, {}).value().folders;
    for (const auto& folder : folders.folders) {
      if (folder.path == "Red") label = folder.id;
    }
    CHECK(list_all(box, {label, std::nullopt}) == std::set{red});
  }
}

TEST_CASE("listing since a date leaves nothing newer out") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    box.deliver(mime("old"), R"("received":"2020-01-01T00:00:00Z")");
    const auto fresh = box.deliver_id(mime("new"), R"("received":"2026-01-20T00:00:00Z")");
    CHECK(list_all(box, {std::nullopt, from_rfc3339("2026-01-15T00:00:00Z")}) == std::set{fresh});
  }
}

TEST_CASE("requests for patience and passing failures do not lose a message") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    const bool google = kind == ProviderKind::google;
    const std::string part = google ? "messages/[^?]+\\\\?format=raw" : "/messages/[^/]+/[$]value";
    const std::string whole = google ? "/batch/gmail/v1" : "/[$]batch";
    const std::string slow =
        google ? R"({"error":"rateLimitExceeded"})" : R"({"status":429,"headers":{"Retry-After":"3"},"body":""})";
    SandboxMailbox box(kind, fmt::format(R"({{"rules":[
      {{"match":{{"path":"{0}","every":3}},"action":{1},"times":20}},
      {{"match":{{"path":"{0}","every":7}},"action":{{"status":503}},"times":10}},
      {{"match":{{"path":"{2}","nth":2}},"action":"reset_mid_body","times":1}},
      {{"match":{{"path":"{2}","nth":4}},"action":"html","times":1}},
      {{"match":{{"path":"{2}","nth":5}},"action":{{"status":503}},"times":1}}]}})",
                                         part, slow, whole));
    std::vector<RemoteId> ids;
    for (int i = 0; i < 90; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("m{}", i))));
    const auto result = fetch(box, ids, Want::content);
    if (!result.outcome) FAIL(result.outcome.error().message);
    CHECK(result.by_id.size() == ids.size());
    for (const auto& [id, fetched] : result.by_id) {
      if (!fetched) FAIL(fetched.error().message);
    }
    CHECK(box.clock.slept() > milliseconds(0));
  }
}

TEST_CASE("a token that dies under way is replaced without losing a message") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::vector<RemoteId> ids;
    for (int i = 0; i < 30; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("m{}", i))));
    CHECK(box.mailbox().profile({}));
    box.control_all("/_sandbox/expire", R"({"tokens":true})");
    const auto result = fetch(box, ids, Want::content);
    CHECK(result.outcome);
    CHECK(result.by_id.size() == 30);
    CHECK(box.tokens.rejected() >= 1);
  }
}

TEST_CASE("a sink that has had enough ends the fetch") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::vector<RemoteId> ids;
    for (int i = 0; i < 100; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("m{}", i))));
    std::atomic<int> calls = 0;
    CHECK(box.mailbox().fetch(ids, Want::content, [&](const auto&, auto) { return ++calls < 5; }, {}));
    CHECK(calls < 10);
  }
}

TEST_CASE("a stop ends a fetch as interrupted") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    std::vector<RemoteId> ids;
    for (int i = 0; i < 100; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("m{}", i))));
    std::stop_source source;
    const auto outcome = box.mailbox().fetch(
        ids, Want::content,
        [&](const auto&, auto) {
          source.request_stop();
          return true;
        },
        Stop(source.get_token()));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == Code::interrupted);
  }
}

TEST_CASE("a path prefix in front of the API is kept, in batches and links too") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind, "", "http://127.0.0.1:8080/proxy");
    std::vector<RemoteId> ids;
    for (int i = 0; i < 12; ++i) ids.emplace_back(box.deliver_id(mime(fmt::format("m{}", i))));
    Mirror mirror;
    mirror.follow(box);
    mirror.follow(box);
    CHECK(fetch(box, ids, Want::everything).by_id.size() == 12);
  }
}
