// What tests of exactness do to a mailbox and ask of its store.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/flow/sync_world.h"

namespace mailmgr::test {

inline constexpr auto kWeek = std::chrono::hours(24 * 7);

inline std::string id_json(const std::string& id) {
  return nlohmann::json{{"id", id}}.dump();
}

inline void move(SyncedMailbox& world, const std::string& id, const std::string& folder) {
  world.box.control("move", nlohmann::json{{"id", id}, {"folder", folder}}.dump());
}

// The public id of the only stored message.
inline MessageId only_id(SyncedMailbox& world) {
  std::vector<MessageId> ids;
  const auto query = query::parse("in:anywhere", world.box.clock.now()).value();
  REQUIRE(world.store->reader().search(query, {}, {}, [&](const MessageRow& row) {
    ids.push_back(row.id);
    return true;
  }));
  REQUIRE(ids.size() == 1);
  return ids.front();
}

inline MessageRow row(SyncedMailbox& world, MessageId id) {
  return world.store->reader().find(id).value().value();
}

inline std::string own_mail(const SyncedMailbox& world, int number) {
  const auto text = mail(number);
  return "From: " + world.box.email + text.substr(text.find("\r\n"));
}

// A run that is stopped before the first request for which `enough` holds, given all requests of the run so far.
inline void sync_until(SyncedMailbox& world, const std::function<bool(const std::vector<std::string>&)>& enough) {
  std::stop_source stop;
  world.box.http.forget_requests();
  world.box.http.between_requests([&] {
    if (enough(world.box.http.requests())) stop.request_stop();
  });
  (void)world.sync(false, Stop(stop.get_token()));
  world.box.http.between_requests(nullptr);
}

inline std::ptrdiff_t batches(const std::vector<std::string>& requests) {
  return std::count_if(requests.begin(), requests.end(), [](const auto& r) { return r.starts_with("POST /batch"); });
}

inline std::ptrdiff_t listings(const std::vector<std::string>& requests) {
  return std::count_if(requests.begin(), requests.end(),
                       [](const auto& r) { return r.find("/messages?") != std::string::npos; });
}

}  // namespace mailmgr::test
