// A mailbox that is changed, in the sandbox: its messages and folders.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/ports/curator.h"
#include "tests/providers/contract.h"

namespace mailmgr::contract {

struct Changing : SandboxMailbox {
  explicit Changing(ProviderKind kind)
      : SandboxMailbox(kind),
        all_tokens(http, spec, endpoints, email, spec.scopes(AccessLevel::full, {"permanent-delete", "settings"})),
        curator(spec.curator({http, all_tokens, clock, random, endpoints})) {
    const auto folders = mailbox().refresh({}, {}).value().folders.folders;
    for (const auto& folder : folders) {
      if (folder.role != Role::none) roles[folder.role] = folder.id;
    }
  }

  RemoteId put(int number, const std::string& folder = "inbox") {
    const auto raw =
        fmt::format("From: a@example.org\r\nSubject: {0}\r\nMessage-ID: <{0}@example.org>\r\n\r\nx\r\n", number);
    return RemoteId(deliver_id(raw, fmt::format(R"("folder":"{}","unread":true)", folder)));
  }
  Edit to(const RemoteId& id, Role role) {
    Edit edit{id, {}};
    edit.expected = std::vector<FolderId>{roles.at(Role::inbox)};
    if (spec.files_by_label) {
      edit.wish.add = {roles.at(role)};
      edit.wish.remove = {roles.at(Role::inbox)};
    } else {
      edit.wish.folder = roles.at(role);
    }
    return edit;
  }
  std::map<std::size_t, Edited> apply(const std::vector<Edit>& edits, std::span<const StreamCursor> position = {}) {
    std::map<std::size_t, Edited> told;
    const auto sink = [&](std::size_t index, Edited edited) {
      CHECK(told.emplace(index, std::move(edited)).second);
      return true;
    };
    outcome = curator->apply(edits, position, sink, {});
    return told;
  }
  std::vector<StreamCursor> position() {
    if (!spec.files_by_label) return {};
    Mirror mirror;
    mirror.follow(*this);
    std::vector<StreamCursor> cursors;
    for (const auto& [stream, cursor] : mirror.cursors) cursors.push_back({stream, cursor});
    return cursors;
  }
  // What the provider lists under this path: folders and labels, and what else it takes for one.
  std::vector<Folder> listed(const std::string& path) {
    ProviderDeps deps{http, all_tokens, clock, random, endpoints};
    deps.reads_settings = true;
    auto folders = spec.mailbox(deps)->refresh({}, {}).value().folders.folders;
    std::erase_if(folders, [&](const Folder& folder) { return folder.path != path; });
    return folders;
  }
  nlohmann::json message(const RemoteId& id) {
    const auto state = nlohmann::json::parse(control("state"));
    for (const auto& row : state["messages"]) {
      if (row["id"] == id.value) return row;
    }
    return nullptr;
  }

  SandboxTokens all_tokens;
  std::unique_ptr<Curator> curator;
  std::map<Role, FolderId> roles;
  Status outcome;
};

inline std::size_t requests_to(SandboxMailbox& box, std::string_view part) {
  const auto all = box.http.requests();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& r) { return r.find(part) != std::string::npos; }));
}

inline constexpr const char* kMaking = "(labels|mailFolders|childFolders|masterCategories)([?]|$)";

inline void fail_making(SandboxMailbox& box, const std::string& method, const std::string& more) {
  box.control_all("/_sandbox/faults",
                  fmt::format(R"({{"match":{{"method":"{}","path":"{}"}},{}}})", method, kMaking, more));
}

// A folder, and a label with a colour.
inline std::vector<FolderWish> wishes_of(ProviderKind kind) {
  const std::string red = kind == ProviderKind::google ? "#fb4c2f" : "preset0";
  return {{Folder::Kind::folder, "Plans", "Plans"}, {Folder::Kind::label, "Urgent", "Urgent", {}, red}};
}

}  // namespace mailmgr::contract
