// The pitfalls of both providers' change streams, one by one (the documents call some of them defects): what they tell
// is incomplete, repeated or out of order, and the store is right all the same.
#include <algorithm>
#include <functional>

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

constexpr auto kWeek = std::chrono::hours(24 * 7);

std::string id_json(const std::string& id) {
  return json{{"id", id}}.dump();
}

void move(SyncedMailbox& world, const std::string& id, const std::string& folder) {
  world.box.control("move", json{{"id", id}, {"folder", folder}}.dump());
}

// The public id of the only stored message.
MessageId only_id(SyncedMailbox& world) {
  std::vector<MessageId> ids;
  const auto query = query::parse("in:anywhere", world.box.clock.now()).value();
  REQUIRE(world.store->reader().search(query, {}, {}, [&](const MessageRow& row) {
    ids.push_back(row.id);
    return true;
  }));
  REQUIRE(ids.size() == 1);
  return ids.front();
}

MessageRow row(SyncedMailbox& world, MessageId id) {
  return world.store->reader().find(id).value().value();
}

std::string own_mail(const SyncedMailbox& world, int number) {
  const auto text = mail(number);
  return "From: " + world.box.email + text.substr(text.find("\r\n"));
}

// A run that is stopped before the first request for which `enough` holds, given all requests of the run so far.
void sync_until(SyncedMailbox& world, const std::function<bool(const std::vector<std::string>&)>& enough) {
  std::stop_source stop;
  world.box.http.forget_requests();
  world.box.http.between_requests([&] {
    if (enough(world.box.http.requests())) stop.request_stop();
  });
  (void)world.sync(false, Stop(stop.get_token()));
  world.box.http.between_requests(nullptr);
}

std::ptrdiff_t batches(const std::vector<std::string>& requests) {
  return std::count_if(requests.begin(), requests.end(), [](const auto& r) { return r.starts_with("POST /batch"); });
}

std::ptrdiff_t listings(const std::vector<std::string>& requests) {
  return std::count_if(requests.begin(), requests.end(),
                       [](const auto& r) { return r.find("/messages?") != std::string::npos; });
}

}  // namespace

TEST_CASE("what comes and goes between two syncs leaves no trace and no error") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    REQUIRE(world.sync().complete);
    const auto brief = world.box.deliver_id(mail(2));
    world.box.control("delete", id_json(brief));
    const SyncReport report = world.sync();
    CHECK(report.complete);
    CHECK(report.failed == 0);
    check_equal(world);
  }
}

TEST_CASE("a message that is deleted before any of a sync's requests is no failure") {
  for (const auto kind : kKinds) {
    for (int before = 3; before <= 10; ++before) {
      CAPTURE(kind);
      CAPTURE(before);
      SyncedMailbox world(kind);
      const auto doomed = world.box.deliver_id(mail(1));
      int request = 0;
      world.box.http.between_requests([&] {
        if (++request == before) world.box.control("delete", id_json(doomed));
      });
      CHECK(world.sync().failed == 0);
      world.box.http.between_requests(nullptr);
      CHECK(world.sync().complete);
      check_equal(world);
    }
  }
}

TEST_CASE("away and back again is no move, whatever the folder's changes say") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    const auto id = world.box.deliver_id(mail(1));
    REQUIRE(world.sync().complete);
    move(world, id, "archive");
    move(world, id, "inbox");
    const SyncReport report = world.sync();
    CHECK(report.complete);
    CHECK(report.deleted == 0);
    CHECK(report.fetched == 0);
    check_equal(world);
    world.box.control("mark", json{{"id", id}, {"starred", true}}.dump());  // it is still followed
    CHECK(world.sync().complete);
    check_equal(world);
  }
}

TEST_CASE("folders and labels that are renamed, also to names that others had, keep their mail") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (const char* name : {"One", "Two"}) world.box.control("create_folder", json{{"name", name}}.dump());
    world.box.deliver(mail(1), R"("folder":"One")");
    world.box.deliver(mail(2), R"("folder":"Two")");
    REQUIRE(world.sync().complete);
    for (const auto& [from, to] : {std::pair("One", "Spare"), {"Two", "One"}, {"Spare", "Two"}}) {
      world.box.control("rename_folder", json{{"name", from}, {"to", to}}.dump());
    }
    const SyncReport report = world.sync();
    CHECK(report.complete);
    CHECK(report.fetched == 0);
    check_equal(world);
  }
}

TEST_CASE("a label that was put on mail and deleted again is on nothing") {
  SyncedMailbox world(ProviderKind::google);
  const auto id = world.box.deliver_id(mail(1));
  REQUIRE(world.sync().complete);
  world.box.control("label", json{{"id", id}, {"label", "Brief"}}.dump());
  world.box.control("delete_folder", R"({"name":"Brief"})");
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("a label that is made while a sync runs has its name when the run ends") {
  SyncedMailbox world(ProviderKind::google);
  const auto id = world.box.deliver_id(mail(1));
  bool labelled = false;
  world.box.http.between_requests([&] {
    const auto asked = world.box.http.requests();
    if (labelled || asked.empty() || asked.back().find("/messages?") == std::string::npos) return;
    labelled = true;
    world.box.control("label", json{{"id", id}, {"label", "Just made"}}.dump());
  });
  CHECK(world.sync().complete);
  world.box.http.between_requests(nullptr);
  CHECK(labelled);
  CHECK(row(world, only_id(world)).labels == std::vector<std::string>{"Just made"});
}

TEST_CASE("a folder that is deleted with its mail, and one whose mail was moved out first, are both right") {
  SyncedMailbox world(ProviderKind::microsoft);
  for (const char* name : {"Gone", "Emptied"}) world.box.control("create_folder", json{{"name", name}}.dump());
  world.box.deliver(mail(1), R"("folder":"Gone")");
  const auto saved = world.box.deliver_id(mail(2), R"("folder":"Emptied")");
  REQUIRE(world.sync().complete);
  move(world, saved, "inbox");
  for (const char* name : {"Gone", "Emptied"}) world.box.control("delete_folder", json{{"name", name}}.dump());
  const SyncReport report = world.sync();
  CHECK(report.complete);
  CHECK(report.deleted == 1);
  check_equal(world);
}

TEST_CASE("meeting requests and item types nobody knows are mail; chats are not") {
  SyncedMailbox outlook(ProviderKind::microsoft);
  outlook.box.deliver(mail(1), R"("type":"eventMessageRequest")");
  outlook.box.deliver(mail(2), R"("type":"calendarSharingMessage")");
  outlook.box.deliver(mail(3), R"("type":"ofTomorrow")");
  CHECK(outlook.sync().fetched == 3);
  check_equal(outlook);

  SyncedMailbox gmail(ProviderKind::google);
  gmail.box.deliver(mail(1), R"("folder":"chats")");
  CHECK(gmail.sync().complete);
  gmail.box.deliver(mail(2), R"("folder":"chats")");
  const SyncReport report = gmail.sync();
  CHECK(report.complete);
  CHECK(report.failed == 0);
  CHECK(gmail.local().empty());
}

TEST_CASE("a draft keeps its public id when it is written on, and when it is sent with its Message-ID") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    auto draft = world.box.deliver_id(own_mail(world, 1), R"("folder":"drafts")");
    REQUIRE(world.sync().complete);
    const auto id = only_id(world);
    for (int version = 2; version <= 4; ++version) {
      const auto raw = own_mail(world, version) + "More.\r\n";
      const auto saved = world.box.control("edit_draft", json{{"id", draft}, {"raw", raw}}.dump());
      draft = json::parse(saved)["id"];
      if (version == 2) continue;  // twice between two syncs
      const SyncReport report = world.sync();
      CHECK(report.complete);
      CHECK(report.deleted == 0);
      CHECK(only_id(world) == id);
      CHECK(row(world, id).subject == "message " + std::to_string(version));
      check_equal(world);
    }
    world.box.control("send_draft", id_json(draft));
    CHECK(world.sync().complete);
    check_equal(world);
    // Gmail gives what it sends another Message-ID: that is another message.
    if (kind == ProviderKind::microsoft) CHECK(only_id(world) == id);
  }
}

TEST_CASE("drafts that were written on while the cursor expired are found as they are now") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    const auto draft = world.box.deliver_id(own_mail(world, 1), R"("folder":"drafts")");
    REQUIRE(world.sync().complete);
    const auto id = only_id(world);
    world.box.control("edit_draft", json{{"id", draft}, {"raw", own_mail(world, 2)}}.dump());
    world.box.control("expire_cursors");
    CHECK(world.sync().complete);
    check_equal(world);
    // Gmail's listing names the new message long before it is known that the old one is gone.
    if (kind == ProviderKind::microsoft) CHECK(only_id(world) == id);
  }
}

TEST_CASE("a message without MIME is made of what else is told of it, and says so") {
  const std::string raw =
      "From: =?utf-8?Q?Ad=C3=A9le?= <ada@example.org>\r\nTo: b@example.org, Cy <c@example.org>\r\nSubject: odd one\r\n"
      "Message-ID: <odd@example.org>\r\nDate: Fri, 30 Jan 2026 10:00:00 +0000\r\nX-Trail: kept\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
      "<p>Quarterly <b>figures</b></p>\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"f.pdf\"\r\n\r\nJVBERi0=\r\n--b--\r\n";
  for (const int status : {404, 500, 200}) {
    CAPTURE(status);
    SyncedMailbox world(ProviderKind::microsoft);
    const auto id = world.box.deliver_id(raw);
    world.box.deliver(mail(2));
    world.box.control("no_mime", json{{"id", id}, {"status", status}}.dump());
    SyncReport report = world.sync();
    if (status == 500) {
      // It may pass: for some hours nothing but the original will do.
      CHECK(report.failed == 1);
      CHECK(report.fetched == 1);
      for (int run = 0; run < 3; ++run) {
        CHECK_FALSE(report.complete);
        world.box.clock.advance(std::chrono::hours(2));
        report = world.sync();
      }
    }
    CHECK(report.complete);
    CHECK(world.local() == world.remote());

    const auto query = query::parse("figures filename:f.pdf", world.box.clock.now()).value();
    std::optional<MessageRow> found;
    REQUIRE(world.store->reader().search(query, {}, {}, [&](const MessageRow& row) {
      found = row;
      return true;
    }));
    REQUIRE(found);
    CHECK(found->message_id == "<odd@example.org>");
    CHECK(found->from == Address{"Adéle", "ada@example.org"});
    CHECK(found->to.size() == 2);
    CHECK(found->subject == "odd one");
    CHECK(found->damage.starts_with("reconstructed"));
    CHECK(world.store->reader().raw(found->id).value().bytes().value().find("X-Trail: kept") != std::string::npos);
    CHECK(world.sync().fetched == 0);
  }
}

TEST_CASE("a message without MIME is kept although an attachment of it cannot be had") {
  const std::string raw =
      "From: ada@example.org\r\nTo: b@example.org\r\nSubject: odd\r\nMessage-ID: <odd@example.org>\r\n"
      "Date: Fri, 30 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\n"
      "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"f.pdf\"\r\n\r\nJVBERi0=\r\n"
      "--b--\r\n";
  SyncedMailbox world(ProviderKind::microsoft);
  const auto id = world.box.deliver_id(raw);
  world.box.control("no_mime", json{{"id", id}}.dump());
  world.box.deliver(mail(2));
  SUBCASE("because it is not found") {
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"path":"attachments/.*/[$]value"},"action":{"status":404}})");
    CHECK(world.sync().complete);
    CHECK(world.local() == world.remote());
  }
  SUBCASE("because its bytes always break off") {
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"path":"attachments/.*/[$]value"},"action":"reset_before"})");
    const SyncReport report = world.sync();
    CHECK_FALSE(report.error);
    CHECK(report.failed == 1);
    CHECK(report.fetched == 1);
    world.box.remove_faults();
    world.box.clock.advance(std::chrono::hours(1));
    CHECK(world.sync().complete);
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("marks of a message that waits to be fetched do not outlive the history that told of them") {
  SyncedMailbox world(ProviderKind::google);
  REQUIRE(world.sync().complete);
  const auto id = world.box.deliver_id(mail(1));
  world.box.control_all("/_sandbox/faults", R"({"match":{"path":"format=raw"},"action":{"status":500}})");
  CHECK(world.sync().remaining == 1);
  world.box.control("mark", json{{"id", id}, {"starred", true}}.dump());
  CHECK(world.sync().remaining == 1);
  world.box.control("mark", json{{"id", id}, {"starred", false}}.dump());
  world.box.control("expire_cursors");
  world.box.remove_faults();
  world.box.clock.advance(std::chrono::hours(2));
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("a message that no folder shows any more is gone, although it can be looked up") {
  SyncedMailbox world(ProviderKind::microsoft);
  const auto id = world.box.deliver_id(mail(1));
  REQUIRE(world.sync().complete);
  move(world, id, "Hidden away");
  // As if that folder were one the provider does not list, such as that of recoverable items.
  world.box.control_all("/_sandbox/faults",
                        R"({"match":{"path":"/mailFolders[?]"},"action":{"status":200,"body":{"value":[]}}})");
  (void)world.sync();
  world.box.remove_faults();
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("what cannot be looked up does not hold up the rest") {
  SyncedMailbox world(ProviderKind::microsoft);
  const auto id = world.box.deliver_id(mail(1));
  REQUIRE(world.sync().complete);
  world.box.control("delete", id_json(id));
  world.box.deliver(mail(2));
  world.box.control_all("/_sandbox/faults",
                        R"({"match":{"path":"messages/[^?/]+[?][$]select"},"action":{"status":500}})");
  const SyncReport report = world.sync();
  CHECK_FALSE(report.complete);
  CHECK(report.error);
  CHECK(report.fetched == 1);
  CHECK(world.local().size() == 2);  // not known to be gone
  world.box.remove_faults();
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("one folder that cannot be read does not keep the others' mail away") {
  SyncedMailbox world(ProviderKind::microsoft);
  world.box.deliver(mail(1));
  world.box.deliver(mail(2), R"("folder":"archive")");
  const auto folders = json::parse(world.box.control("state"))["folders"];
  std::string inbox;
  for (const auto& folder : folders) {
    if (folder["name"] == "inbox") inbox = folder["id"];
  }
  world.box.control_all(
      "/_sandbox/faults",
      json{{"match", {{"path", inbox.substr(0, 40) + ".*delta"}}}, {"action", {{"status", 500}}}}.dump());
  const SyncReport report = world.sync();
  CHECK_FALSE(report.complete);
  REQUIRE(report.error);
  CHECK(report.fetched == 1);
  world.box.remove_faults();
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("a run that goes on with a listing and its backlog fetches new mail first") {
  SyncedMailbox world(ProviderKind::google);
  for (int i = 1; i <= 1200; ++i) world.box.deliver(mail(i));
  // Stopped between two pages of the listing: after the first, and that of what is large.
  sync_until(world, [](const auto& requests) { return listings(requests) == 2; });
  CHECK(world.store->sync().position(kAccount)->streams.front().enumerating);
  world.box.deliver(mail(5000));
  // The first batch brings labels and changes, the next ones the first of all those messages.
  sync_until(world, [](const auto& requests) { return batches(requests) >= 6; });
  CHECK(world.local().contains("<5000@example.org>"));
  CHECK(world.local().size() < 400);
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("in a run of hours new mail is seen and fetched while the backlog drains") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 1100; ++i) world.box.deliver(mail(i), R"("received":"2025-06-01T00:00:00Z")");
    std::ptrdiff_t at = 0;
    bool arrived = false;
    world.box.http.between_requests([&] {
      if (++at % 5 == 0) world.box.clock.advance(std::chrono::minutes(1));
      if (at != 8) return;
      world.box.deliver(mail(5000));
      arrived = true;
    });
    const SyncReport report = world.sync();
    world.box.http.between_requests(nullptr);
    CHECK(arrived);
    CHECK(report.complete);
    CHECK(report.fetched == 1101);
    check_equal(world);
  }
}

TEST_CASE("once a week all ids are compared, and what both sides had missed is put right") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 5; ++i) world.box.deliver(mail(i));
    const SyncReport first = world.sync();
    CHECK(first.complete);
    CHECK_FALSE(first.reconciled);  // the first run lists everything anyway
    // As if a change had never been told.
    const auto lost = json::parse(world.box.control("state"))["messages"][0]["id"].get<std::string>();
    const RemoteId remote(lost);
    Page page;
    page.changes = {{remote, Presence::gone, {}, {}, {}, true}};
    const auto position = world.store->sync().position(kAccount).value();
    page.next = position.streams.front().cursor;
    REQUIRE(world.store->sync().apply_page(kAccount, position.streams.front().stream, page));
    CHECK(world.local().size() == 4);

    CHECK_FALSE(world.sync().reconciled);
    CHECK(world.local().size() == 4);
    world.box.clock.advance(kWeek);
    const SyncReport compared = world.sync();
    CHECK(compared.complete);
    CHECK(compared.reconciled);
    CHECK(compared.fetched == 1);
    check_equal(world);
    CHECK_FALSE(world.sync().reconciled);
  }
}

namespace {

// Takes connections and never says a word.
class DeadPeer final : public HttpClient {
 public:
  explicit DeadPeer(FakeClock& clock) : clock_(clock) {}
  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override {
    clock_.sleep_for(request.deadline, stop);
    if (stop.requested(clock_)) return Stop::error();
    return Error{Code::no_answer, "no answer within the deadline"};
  }

 private:
  FakeClock& clock_;
};

SyncReport sync_with(SyncedMailbox& world, HttpClient& http, const Stop& stop) {
  UsageMeter usage;
  const ProviderDeps deps{http, world.box.tokens, world.box.clock, world.box.random, world.box.endpoints, "me", &usage};
  const auto mailbox = world.box.spec.mailbox(deps);
  const SyncWorld parts{*mailbox, world.store->sync(), world.store->runs(), world.leases, world.box.clock, usage};
  return sync_account({kAccount, {}, false, world.box.spec.snapshots_streams}, parts, nullptr, stop);
}

}  // namespace

TEST_CASE("a run whose peer never answers ends by its deadlines, and at --max-time when that is sooner") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    REQUIRE(world.sync().complete);
    DeadPeer dead(world.box.clock);
    const SyncReport patient = sync_with(world, dead, {});
    REQUIRE(patient.error);
    CHECK(patient.error->code == Code::no_answer);
    CHECK(patient.took < std::chrono::minutes(15));

    const auto minutes = std::chrono::minutes(3);
    const SyncReport brief = sync_with(world, dead, Stop().before(world.box.clock.monotonic() + minutes));
    CHECK_FALSE(brief.error);
    CHECK_FALSE(brief.complete);
    CHECK(brief.took == minutes);
    // Nobody is to think that all is well because no run failed.
    const auto history = world.store->runs().history(kAccount).value();
    CHECK(history.last_success < world.box.clock.now() - minutes);
    CHECK(history.last->error_code == "interrupted");
  }
}
