// What a run may do: the table of commands against every level of --allow, and against the manual.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "cmd/command_line.h"
#include "cmd/run.h"
#include "core/base/error.h"
#include "providers/registry.h"
#include "tests/support/places.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

constexpr AccessLevel kLevels[] = {AccessLevel::full, AccessLevel::drafts_only, AccessLevel::send_only,
                                   AccessLevel::read_only};

class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

struct Told {
  int code;
  std::string err;
};

Told run_in(const std::string& home, std::vector<std::string> words) {
  words.insert(words.end(), {"--home", home, "--no-input"});
  std::ostringstream out, err;
  const int code = run(words, out, err, Stop());
  return {code, err.str()};
}

// The command with something for everything it requires, so that it gets as far as being judged.
std::vector<std::string> complete(const CommandLine& line, const CommandInfo& info) {
  std::vector<std::string> words;
  const CLI::App* app = &line.app();
  std::istringstream path{std::string(info.path)};
  for (std::string word; path >> word;) {
    words.push_back(word);
    app = app->get_subcommand(word);
  }
  for (const auto* option : app->get_options()) {
    if (!option->get_required()) continue;
    if (!option->get_positional()) words.push_back("--" + option->get_lnames().front());
    words.emplace_back(info.path == "key set-source" ? "file" : "x");
  }
  return words;
}

std::string_view word(Permission permission) {
  constexpr std::string_view kWords[] = {"read", "draft", "send", "change", "administer"};
  return kWords[static_cast<int>(permission)];
}

// As the manual spells them: without Google's root, without what every login at Microsoft asks for.
std::string short_names(const std::vector<std::string>& scopes) {
  constexpr std::string_view kRoot = "https://www.googleapis.com/auth/";
  std::string text;
  for (const auto& scope : scopes) {
    if (scope == "User.Read" || scope == "offline_access") continue;
    text += (text.empty() ? "" : " ") + (scope.starts_with(kRoot) ? scope.substr(kRoot.size()) : scope);
  }
  return text;
}

}  // namespace

TEST_CASE("a run that may do less is refused every command that does more, before it does anything") {
  const CommandLine line;
  const TempFolder home;
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    if (!info.needs) continue;
    for (const auto level : kLevels) {
      CAPTURE(to_string(level));
      auto words = complete(line, info);
      words.insert(words.end(), {"--allow", std::string(to_string(level))});
      if (permits(level, *info.needs)) continue;
      const Told refused = run_in(home.path(), words);
      CHECK(refused.code == (info.path == "sendmail" ? 69 : 6));
      CHECK(refused.err.find(fmt::format("this run may only do what \"{}\" allows", to_string(level))) !=
            std::string::npos);
    }
  }
  CHECK(std::filesystem::is_empty(home.path()));
}

TEST_CASE("every command under every level: what is permitted is not refused") {
  const std::map<std::string_view, Permission> expected{{"provider set", Permission::administer},
                                                        {"provider unset", Permission::administer},
                                                        {"login", Permission::administer},
                                                        {"logout", Permission::administer},
                                                        {"account connect", Permission::administer},
                                                        {"account set", Permission::administer},
                                                        {"account rename", Permission::administer},
                                                        {"key status", Permission::administer},
                                                        {"key rotate", Permission::administer},
                                                        {"key set-source", Permission::administer},
                                                        {"key destroy", Permission::administer},
                                                        {"backup", Permission::administer},
                                                        {"restore", Permission::administer},
                                                        {"token", Permission::administer},
                                                        {"account default", Permission::administer},
                                                        {"account disconnect", Permission::administer},
                                                        {"sync", Permission::read},
                                                        {"verify", Permission::read},
                                                        {"changes", Permission::read},
                                                        {"folders", Permission::read},
                                                        {"list", Permission::read},
                                                        {"search", Permission::read},
                                                        {"show", Permission::read},
                                                        {"note", Permission::read},
                                                        {"todo add", Permission::change},
                                                        {"todo done", Permission::change},
                                                        {"todo list", Permission::read},
                                                        {"attachment list", Permission::read},
                                                        {"attachment save", Permission::read},
                                                        {"export", Permission::read},
                                                        {"import", Permission::change},
                                                        {"mark", Permission::change},
                                                        {"label", Permission::change},
                                                        {"move", Permission::change},
                                                        {"archive", Permission::change},
                                                        {"trash", Permission::change},
                                                        {"untrash", Permission::change},
                                                        {"delete", Permission::change},
                                                        {"folder list", Permission::read},
                                                        {"folder create", Permission::change},
                                                        {"folder rename", Permission::change},
                                                        {"folder delete", Permission::change},
                                                        {"send", Permission::send},
                                                        {"sendmail", Permission::send},
                                                        {"reply", Permission::change},
                                                        {"forward", Permission::change},
                                                        {"draft list", Permission::read},
                                                        {"draft new", Permission::draft},
                                                        {"draft show", Permission::read},
                                                        {"draft edit", Permission::change},
                                                        {"draft save", Permission::draft},
                                                        {"draft send", Permission::change},
                                                        {"draft delete", Permission::change},
                                                        {"outbox show", Permission::read},
                                                        {"outbox retry", Permission::send},
                                                        {"outbox cancel", Permission::send},
                                                        {"outbox resolve", Permission::send},
                                                        {"outbox release", Permission::send},
                                                        {"outbox flush", Permission::send},
                                                        {"bulk send", Permission::send},
                                                        {"bulk resume", Permission::send},
                                                        {"bulk cancel", Permission::send},
                                                        {"suppression add", Permission::administer},
                                                        {"suppression remove", Permission::administer},
                                                        {"template set", Permission::administer},
                                                        {"template delete", Permission::administer},
                                                        {"signature set", Permission::administer},
                                                        {"signature default", Permission::administer},
                                                        {"signature delete", Permission::administer},
                                                        {"signature import", Permission::read},
                                                        {"alias sync", Permission::read},
                                                        {"stats", Permission::read},
                                                        {"filter list", Permission::read},
                                                        {"filter add", Permission::administer},
                                                        {"filter delete", Permission::administer},
                                                        {"vacation show", Permission::read},
                                                        {"vacation set", Permission::administer},
                                                        {"vacation off", Permission::administer}};
  const std::set<std::string_view> free{"provider list", "provider show",   "provider guide", "provider test",
                                        "account list",  "account show",    "status",         "log",
                                        "help",          "completion",      "outbox list",    "template list",
                                        "template show", "signature list",  "signature show", "alias list",
                                        "bulk status",   "suppression list"};
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    const auto found = expected.find(info.path);
    if (found != expected.end()) CHECK(info.needs == found->second);
    if (found == expected.end()) CHECK((free.contains(info.path) && !info.needs));
  }
  const TempFolder home;
  CHECK(run_in(home.path(), {"list", "--allow", "read-only"}).code == 0);
  CHECK(run_in(home.path(), {"send", "--allow", "send-only"}).code == 2);  // no account
  CHECK(run_in(home.path(), {"send", "--allow", "full"}).code == 2);
  CHECK(run_in(home.path(), {"provider", "list", "--allow", "drafts-only"}).code == 0);
}

TEST_CASE("MAILMGR_ALLOW and --allow only ever narrow") {
  const TempFolder home;
  const Variable limit("MAILMGR_ALLOW", "read-only");
  CHECK(run_in(home.path(), {"list"}).code == 0);
  CHECK(run_in(home.path(), {"send", "--to", "a@b.test", "--allow", "full"}).code == 6);
  CHECK(run_in(home.path(), {"list", "--allow", "send-only"}).code == 6);
  CHECK(run_in(home.path(), {"send", "--to", "a@b.test", "--allow", "send-only"}).code == 6);
  const Variable nonsense("MAILMGR_ALLOW", "everything");
  CHECK(run_in(home.path(), {"list"}).code == 2);
}

TEST_CASE("the manual says of every command what it needs, and at the providers which scope") {
  const std::string page = test::manual_page("mailmgr-provider");
  for (const auto& info : commands()) {
    if (!info.needs) continue;
    const std::string row = fmt::format(".It {} Ta {} Ta ", info.path, word(*info.needs));
    const auto at = page.find(row);
    CHECK_MESSAGE(at != std::string::npos, row);
    if (at == std::string::npos) continue;
    const std::string scopes = page.substr(at + row.size(), page.find('\n', at) - at - row.size());
    if (scopes == "none Ta none") continue;  // it asks nothing of the provider
    const AccessLevel level = *info.needs == Permission::read    ? AccessLevel::read_only
                              : *info.needs == Permission::send  ? AccessLevel::send_only
                              : *info.needs == Permission::draft ? AccessLevel::drafts_only
                                                                 : AccessLevel::full;
    // Mailboxes' settings take a scope of their own, but Google shows them to every login that reads.
    const bool settings = info.path.starts_with("filter ") || info.path.starts_with("vacation ");
    const auto with = [&](bool needed) { return needed ? std::set<std::string>{"settings"} : std::set<std::string>(); };
    const bool reads = *info.needs == Permission::read;
    CHECK(scopes ==
          fmt::format("{} Ta {}",
                      short_names(provider_spec(ProviderKind::google).scopes(level, with(settings && !reads))),
                      short_names(provider_spec(ProviderKind::microsoft).scopes(level, with(settings)))));
  }
}

TEST_CASE("the manual's scopes are those that are asked for, for every level and word") {
  const std::string page = test::manual_page("mailmgr-provider");
  const auto& google = provider_spec(ProviderKind::google);
  const auto& microsoft = provider_spec(ProviderKind::microsoft);
  for (const auto level : kLevels) {
    const std::string row = fmt::format(".It {} Ta {} Ta {}\n", to_string(level), short_names(google.scopes(level, {})),
                                        short_names(microsoft.scopes(level, {})));
    CHECK_MESSAGE(page.find(row) != std::string::npos, row);
  }
  const auto added = [](const ProviderSpec& spec, const std::string& extra) -> std::string {
    if (std::none_of(spec.extras.begin(), spec.extras.end(), [&](const Extra& e) { return e.word == extra; })) {
      return "not offered";
    }
    auto scopes = spec.scopes(AccessLevel::full, {extra});
    for (const auto& basic : spec.scopes(AccessLevel::full, {})) std::erase(scopes, basic);
    return scopes.empty() ? "nothing more" : short_names(scopes);
  };
  for (const std::string extra : {"settings", "shared", "permanent-delete", "imap"}) {
    const std::string row =
        fmt::format(".It with {} Ta {} Ta {}\n", extra, added(google, extra), added(microsoft, extra));
    CHECK_MESSAGE(page.find(row) != std::string::npos, row);
  }
}
