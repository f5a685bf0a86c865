// A mailbox whose settings are changed, in the sandbox.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/ports/mailbox_settings.h"
#include "tests/providers/fixture.h"

namespace mailmgr {

inline constexpr ProviderKind kSettingsKinds[] = {ProviderKind::google, ProviderKind::microsoft};

// A mailbox whose login holds the scopes of --with settings.
struct SettingsBox {
  explicit SettingsBox(ProviderKind kind) : box(kind), tokens(box.http, box.spec, box.endpoints, box.email, scopes()) {}
  std::vector<std::string> scopes() const { return box.spec.scopes(AccessLevel::full, {"settings"}); }
  ProviderDeps deps() { return {box.http, tokens, box.clock, box.random, box.endpoints}; }
  std::unique_ptr<FilterSettings> filters() { return box.spec.filters(deps()); }
  std::unique_ptr<VacationSettings> vacation() { return box.spec.vacation(deps()); }

  Folder label(const std::string& name) {
    if (box.spec.kind == ProviderKind::microsoft) return {FolderId(name), Folder::Kind::label, Role::none, name};
    return folder(name);
  }
  // Made if need be; at Gmail a label.
  Folder folder(const std::string& name) {
    box.control("create_folder", R"({"name":")" + name + R"("})");
    const auto fresh = box.mailbox().refresh({}, {}).value();
    for (const auto& folder : fresh.folders.folders) {
      if (folder.path == name) return folder;
    }
    FAIL("no such folder");
    return {};
  }

  SandboxMailbox box;
  SandboxTokens tokens;
};

}  // namespace mailmgr
