// The providers that all keep what core/ports/provider.h promises, and what a store would learn from them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/providers/fixture.h"

namespace mailmgr::contract {

inline constexpr ProviderKind kKinds[] = {ProviderKind::google, ProviderKind::microsoft};

// What a store would know: everything the streams told, followed to their end.
struct Mirror {
  std::map<StreamId, Cursor> cursors;
  std::map<RemoteId, MarksPatch> known;  // last patch
  std::vector<Change> changes;           // of the last follow()
  bool snapshot = false;

  void follow(SandboxMailbox& box) {
    changes.clear();
    snapshot = false;
    const auto folders = box.mailbox().refresh({}, {}).value().folders;
    std::vector<StreamCursor> open;
    for (const auto& stream : folders.streams) open.push_back({stream, cursors[stream]});
    for (int round = 0; !open.empty(); ++round) {
      REQUIRE(round < 200);
      const auto pages = box.mailbox().changes(open, {});
      REQUIRE(pages.size() == open.size());
      std::vector<StreamCursor> next;
      for (std::size_t i = 0; i < pages.size(); ++i) {
        if (!pages[i]) FAIL(pages[i].error().message);
        cursors[open[i].stream] = pages[i]->next;
        snapshot |= pages[i]->snapshot;
        for (const auto& change : pages[i]->changes) {
          changes.push_back(change);
          if (change.presence == Presence::present) known[change.id] = change.marks;
        }
        if (pages[i]->more) next.push_back({open[i].stream, pages[i]->next});
      }
      open = std::move(next);
    }
  }

  // The last change of that message in this round; fails the test if there is none.
  Change last(const std::string& id) const {
    const auto found = std::find_if(changes.rbegin(), changes.rend(), [&](const auto& c) { return c.id.value == id; });
    REQUIRE(found != changes.rend());
    return *found;
  }
};

inline std::set<std::string> list_all(SandboxMailbox& box, const ListScope& scope = {}) {
  std::set<std::string> ids;
  const auto folders = box.mailbox().refresh({}, {}).value().folders;
  for (const auto& stream : folders.streams) {
    Cursor cursor;
    do {
      const auto page = box.mailbox().list(stream, scope, cursor, {});
      if (!page) FAIL(page.error().message);
      for (const auto& [id, thread] : page->ids) ids.insert(id.value);
      cursor = page->next;
    } while (!cursor.value.empty());
  }
  return ids;
}

}  // namespace mailmgr::contract
