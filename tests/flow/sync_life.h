// What happens to a mailbox by other hands: random deliveries, marks, moves, labels, folders, drafts and deletions, the
// same ones for the same seed.
#pragma once

#include <algorithm>
#include <random>

#include "tests/flow/sync_world.h"

namespace mailmgr::test {

class Life {
 public:
  Life(SandboxMailbox& box, unsigned seed) : box_(box), dice_(seed) {
    for (const char* name : {"Work", "Projects", "Projects/Now"}) poke("create_folder", {{"name", name}});
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  template <class T, std::size_t N>
  const T& one_of(const T (&all)[N]) {
    return all[static_cast<std::size_t>(roll(N))];
  }

  void step() {
    switch (roll(16)) {
      case 0:
      case 1:
      case 2:
        return deliver();
      case 3:
        poke("mark", {{"id", some_id()}, {"unread", roll(2) == 0}});
        return;
      case 4:
        poke("mark", {{"id", some_id()}, {"starred", roll(2) == 0}});
        return;
      case 5:
      case 6:
        return move();
      case 7:
        poke("label", {{"id", some_id()}, {"label", one_of(kLabels)}});
        return;
      case 8:
        poke("unlabel", {{"id", some_id()}, {"label", one_of(kLabels)}});
        return;
      case 9:
        poke("delete", {{"id", some_id()}});
        return;
      case 10:
        return folder();
      case 11:
        return odd_item();
      default:
        return draft();
    }
  }

 private:
  static constexpr const char* kPlaces[] = {"inbox", "inbox", "trash", "spam", "archive", "Work", "Projects/Now"};
  static constexpr const char* kFolders[] = {"Work", "Projects", "Projects/Now", "Later", "Old"};
  static constexpr const char* kLabels[] = {"Urgent", "Blue"};

  // What the sandbox refuses (an id that is gone, a name that is taken) did not happen.
  nlohmann::json poke(const std::string& verb, const nlohmann::json& args) {
    sandbox::Request request;
    request.method = "POST";
    request.path = "/_sandbox/mailbox/" + box_.email + "/" + verb;
    request.headers = {{"Host", "127.0.0.1"}, {"Content-Type", "application/json"}};
    request.body = args.dump();
    const auto response = box_.sandbox.handle(request);
    return response.status == 200 ? nlohmann::json::parse(response.body) : nlohmann::json();
  }

  std::string some(const std::vector<std::string>& ids) {
    return ids.empty() ? "none" : ids[static_cast<std::size_t>(roll(static_cast<int>(ids.size())))];
  }
  std::string some_id() { return some(ids_); }

  void deliver() {
    const int number = ++number_;
    std::string raw = mail(number);
    if (number > 3 && roll(3) == 0) raw.insert(0, fmt::format("References: <{}@example.org>\r\n", 1 + roll(3)));
    nlohmann::json args{{"raw", raw}, {"folder", one_of(kPlaces)}, {"unread", roll(2) == 0}, {"starred", roll(4) == 0}};
    if (roll(4) == 0) args["labels"] = {one_of(kLabels)};
    if (roll(3) == 0) args["received"] = fmt::format("2025-{:02}-10T00:00:00Z", 1 + roll(12));
    keep(poke("deliver", args), ids_);
  }

  // Often away and back, which some changes are silent about.
  void move() {
    const auto id = some_id();
    poke("move", {{"id", id}, {"folder", one_of(kPlaces)}});
    if (roll(2) == 0) poke("move", {{"id", id}, {"folder", one_of(kPlaces)}});
    if (roll(3) == 0) poke("move", {{"id", id}, {"folder", one_of(kPlaces)}});
  }

  // Names are used again: what had one is not what has it.
  void folder() {
    const char* name = one_of(kFolders);
    switch (roll(4)) {
      case 0:
      case 1:
        poke("create_folder", {{"name", name}});
        return;
      case 2:
        poke("rename_folder", {{"name", name}, {"to", one_of(kFolders)}});
        return;
      default:
        poke("delete_folder", {{"name", name}});
    }
  }

  void odd_item() {
    const int number = ++number_;
    if (box_.spec.kind == ProviderKind::google) {
      poke("deliver", {{"raw", mail(number)}, {"folder", "chats"}});
      return;
    }
    constexpr const char* kTypes[] = {"eventMessage", "eventMessageRequest", "eventMessageResponse",
                                      "calendarSharingMessage", "somethingNew"};
    keep(poke("deliver", {{"raw", mail(number)}, {"type", one_of(kTypes)}}), ids_);
  }

  void draft() {
    const auto id = some(drafts_);
    switch (roll(4)) {
      case 0:
        keep(poke("deliver", {{"raw", own_mail(++number_)}, {"folder", "drafts"}}), drafts_);
        return;
      case 1: {
        const auto saved = poke("edit_draft", {{"id", id}, {"raw", written_on(id)}});
        if (!saved.is_null()) std::replace(drafts_.begin(), drafts_.end(), id, saved["id"].get<std::string>());
        return;
      }
      case 2: {
        const auto sent = poke("send_draft", {{"id", id}});
        if (sent.is_null()) return;
        if (box_.spec.kind == ProviderKind::google) ids_.push_back(sent["id"]);
        std::erase(drafts_, id);
        return;
      }
      default:
        poke("delete", {{"id", id}});
        std::erase(drafts_, id);
    }
  }

  std::string own_mail(int number) const {
    const auto text = mail(number);
    return "From: " + box_.email + text.substr(text.find("\r\n"));
  }

  // The draft's text as another version, sometimes with another Message-ID.
  std::string written_on(const std::string& id) {
    const int number = ++number_;
    auto raw = own_mail(number) + fmt::format("Version {}.\r\n", number);
    if (roll(2) == 0) return raw;
    const auto from = raw.find("Message-ID: <");
    return raw.replace(from, raw.find('@', from) - from, "Message-ID: <draft-" + id.substr(id.size() - 4));
  }

  static void keep(const nlohmann::json& answer, std::vector<std::string>& ids) {
    if (!answer.is_null()) ids.push_back(answer["id"]);
  }

  SandboxMailbox& box_;
  std::mt19937 dice_;
  std::vector<std::string> ids_, drafts_;
  int number_ = 0;
};

}  // namespace mailmgr::test
