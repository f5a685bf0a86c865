// A client that follows the documents (apply pages idempotently, merge sparse items, look up whoever was reported as
// removed) must end with what the mailbox holds, whatever happened in between.
#include <doctest/doctest.h>

#include <random>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

const std::vector<std::string> kFolders = {"inbox", "archive", "deleteditems"};
const std::vector<std::string> kWords = {"inbox", "archive", "trash"};

struct Seen {
  std::string folder;
  bool unread = false;
  bool starred = false;
  bool operator==(const Seen&) const = default;
};
using View = std::map<std::string, Seen>;

class DocumentedClient {
 public:
  explicit DocumentedClient(Graph& graph) : graph_(graph) {
    for (std::size_t at = 0; at < kFolders.size(); ++at) {
      links_.push_back("/me/mailFolders/" + kFolders[at] + "/messages/delta?$select=isRead,flag,parentFolderId");
      words_[graph.folder_id(kFolders[at])] = kWords[at];
    }
  }

  void poll(int page_size) {
    std::vector<std::string> missing;
    for (auto& link : links_) {
      const auto walk = graph_.walk(link, page_size);
      link = walk.delta_link;
      for (const auto& item : walk.items) {
        if (item.contains("@removed")) {
          missing.push_back(item["id"]);
        } else {
          apply(item);
        }
      }
    }
    for (const auto& id : missing) {
      const auto found = graph_.get("/me/messages/" + id + "?$select=isRead,flag,parentFolderId");
      if (found.status == 200) {
        apply(found.body);
      } else {
        view_.erase(id);
      }
    }
  }
  const View& view() const { return view_; }

 private:
  void apply(const json& item) {
    Seen& seen = view_[item["id"]];
    if (item.contains("parentFolderId")) seen.folder = words_[item["parentFolderId"]];
    if (item.contains("isRead")) seen.unread = !item["isRead"].get<bool>();
    if (item.contains("flag")) seen.starred = item["flag"]["flagStatus"] == "flagged";
  }

  Graph& graph_;
  std::vector<std::string> links_;
  std::map<std::string, std::string> words_;
  View view_;
};

View truth(Graph& graph) {
  View view;
  const auto state = graph.control("state", {{"hash", false}});
  for (const auto& message : state["messages"]) {
    view[message["id"]] = {message["folder"], message["unread"], message["starred"]};
  }
  return view;
}

void change_something(Graph& graph, std::mt19937& random, int number) {
  const auto pick = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  const auto state = graph.control("state", {{"hash", false}});
  const auto& messages = state["messages"];
  if (messages.empty() || pick(4) == 0) {
    graph.deliver("new " + std::to_string(number), kWords[pick(3)]);
    return;
  }
  const std::string id = messages[pick(messages.size())]["id"];
  switch (pick(4)) {
    case 0:
      graph.control("mark", {{"id", id}, {"unread", pick(2) == 0}});
      break;
    case 1:
      graph.control("mark", {{"id", id}, {"starred", pick(2) == 0}});
      break;
    case 2:
      graph.control("move", {{"id", id}, {"folder", kWords[pick(3)]}});
      break;
    default:
      pick(3) == 0 ? graph.control("delete", {{"id", id}})
                   : graph.control("move", {{"id", id}, {"folder", kWords[pick(3)]}});
  }
}

}  // namespace

TEST_CASE("a client that follows the documents ends with the truth after any changes") {
  for (unsigned seed = 1; seed <= 15; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Graph graph;
    graph.load(12);
    DocumentedClient client(graph);
    int number = 0;
    for (int round = 0; round < 8; ++round) {
      CAPTURE(round);
      client.poll(1 + static_cast<int>(random() % 5));
      REQUIRE(client.view() == truth(graph));
      for (auto changes = random() % 12; changes > 0; --changes) change_something(graph, random, ++number);
    }
  }
}
