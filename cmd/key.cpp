// `mailmgr key status|rotate|set-source|destroy`.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/key_settings.h"
#include "cmd/output/listing.h"
#include "core/base/encoding.h"
#include "core/base/shell_word.h"
#include "core/flow/key_change.h"
#include "core/system/key_sources.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kEntrySize = 8;

// What all of them start from.
struct Present {
  const Paths* paths;
  KeySettings settings;
  std::unique_ptr<KeySource> source;
  KeyWorld world;
};

Result<Present> present(App& app) {
  auto paths = app.paths();
  if (!paths) return paths.error();
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto leases = app.leases();
  if (!leases) return leases.error();
  auto settings = read_key_settings(**paths);
  if (!settings) return settings.error();
  auto source = make_key_source(*settings, app.random());
  return Present{
      *paths, *std::move(settings), std::move(source),
      KeyWorld{(*tokens)->vault(), (*tokens)->providers(), (*tokens)->grants(), **leases, app.clock(), app.random()}};
}

Json described(const KeySettings& settings, const KeySource& source) {
  Json json;
  json["source"] = to_string(settings.kind);
  json["place"] = source.place();
  return json;
}

// Some values do not open: not the key's fault, but somebody must set them again.
Status damaged(const std::vector<std::string>& unreadable) {
  if (unreadable.empty()) return {};
  return Error{Code::partial, fmt::format("damaged and unreadable: {}", fmt::join(unreadable, ", ")),
               "set the provider again, or log in again"};
}

class KeyStatus : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto now = present(app);
    if (!now) return now.error();
    auto state = inspect_keys(*now->source, now->world, app.stop());
    if (!state) return state.error();
    Json json = described(now->settings, *now->source);
    json["state"] = state->problem ? "unusable" : state->is_used ? "ok" : "unused";
    if (!state->data_key.empty()) {
      json["data_key"] = state->data_key;
      json["sealed"] = state->sealed;
      json["unreadable"] = state->unreadable.size();
    }
    if (state->changed) json["changed"] = to_rfc3339(*state->changed);
    print(app, json);
    return state->problem ? Status(*state->problem) : damaged(state->unreadable);
  }

 private:
  static void print(App& app, const Json& json) {
    if (app.options().json) {
      app.print_json(json);
      return;
    }
    for (const auto& [key, value] : json.items()) app.out() << fmt::format("{}\t{}\n", key, output::as_text(value));
  }
};

class KeyRotate : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done"); }

  Status run(App& app) override {
    auto now = present(app);
    if (!now) return now.error();
    const std::string what =
        fmt::format("{}the data key, and seal everything again", now->source->is_ours() ? "the key and " : "");
    if (dry_run_) {
      app.out() << fmt::format("would replace {}\n", what);
      return {};
    }
    auto rotated = rotate_keys(*now->source, now->world, app.stop());
    if (!rotated) return rotated.error();
    if (app.options().json) {
      Json json = described(now->settings, *now->source);
      json["id"] = "key";
      json["ok"] = true;
      json["key_replaced"] = rotated->key_replaced;
      json["resealed"] = rotated->resealed;
      app.print_json(json);
    }
    app.say(fmt::format("{} sealed values have a new data key", rotated->resealed));
    if (!rotated->key_replaced) {
      app.say(
          fmt::format("the key itself is kept by {}: to change it, store another one there under another name, then "
                      "mailmgr key set-source",
                      now->source->place()));
    }
    return damaged(rotated->unreadable);
  }

 private:
  bool dry_run_ = false;
};

class KeySetSource : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("source", source_, "file, command, credential or keyring")
        ->required()
        ->check(CLI::IsMember({"file", "command", "credential", "keyring"}));
    add_operands(cli, "words", words_, "A file's path; a command's program and its arguments");
    cli.add_flag("--remove-old", remove_old_, "Remove the old key file or keyring entry afterwards");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    auto now = present(app);
    if (!now) return now.error();
    const auto settings = wanted(*now, app.random());
    if (!settings) return settings.error().within("key set-source");
    auto next = make_key_source(*settings, app.random());
    const bool moves_away = next->place() != now->source->place();
    if (dry_run_) {
      const bool removes = moves_away && remove_old_ && now->source->is_ours();
      app.out() << fmt::format("would take the key from {}{}\n", next->place(),
                               removes ? " and remove " + now->source->place() : "");
      return {};
    }
    const auto switch_settings = [&] { return write_key_settings(*now->paths, *settings); };
    const Status moved = move_key(*now->source, *next, switch_settings, now->world, app.stop());
    if (!moved) return moved.error().within("key set-source");

    if (app.options().json) {
      Json json = described(*settings, *next);
      json["id"] = "key";
      json["ok"] = true;
      app.print_json(json);
    }
    app.say(fmt::format("the key comes from {} now", next->place()));
    return moves_away && now->source->is_ours() ? settle_old(app, *now->source, *next) : Status();
  }

 private:
  Result<KeySettings> wanted(const Present& now, Random& random) const {
    KeySettings settings;
    settings.file = now.paths->key_file();
    const bool takes_words = source_ == "file" || source_ == "command";
    if ((!takes_words && !words_.empty()) || (source_ == "file" && words_.size() > 1)) {
      return Error{Code::usage, "there are words too many", "mailmgr key set-source --help"};
    }
    if (source_ == "credential") settings.kind = KeySourceKind::credential;
    if (source_ == "keyring") {
      settings.kind = KeySourceKind::keyring;
      settings.entry = now.settings.entry.empty() ? hex(random.bytes(kEntrySize)) : now.settings.entry;
    }
    if (source_ == "file" && !words_.empty()) settings.file = absolute(words_.front());
    if (is_below(settings.file, now.paths->data)) {
      return Error{Code::usage,
                   fmt::format("{} is in the data folder: every copy of that would hold the key", settings.file),
                   "choose another folder"};
    }
    if (source_ == "command") {
      if (words_.empty()) return Error{Code::usage, "no command is named", "mailmgr key set-source --help"};
      settings.kind = KeySourceKind::command;
      settings.command = words_;
      // A program beside us must be found from everywhere; one in PATH is.
      auto& program = settings.command.front();
      if (program.find('/') != std::string::npos) program = absolute(program);
    }
    if (may_be_passphrase(settings)) {
      settings.salt = now.settings.salt.empty() ? random.bytes(kSaltSize) : now.settings.salt;
    }
    return settings;
  }

  static bool is_below(const std::string& path, const std::string& folder) {
    std::error_code problem;
    const auto canonical = [&](const std::string& name) {
      return std::filesystem::weakly_canonical(name, problem).string();
    };
    return canonical(path).starts_with(canonical(folder) + '/');
  }

  // What we make ourselves is a random key; what others made may be anything.
  static bool may_be_passphrase(const KeySettings& settings) {
    if (settings.kind == KeySourceKind::file) return ::access(settings.file.c_str(), F_OK) == 0;
    return settings.kind != KeySourceKind::keyring;
  }

  static std::string absolute(const std::string& path) {
    std::error_code problem;
    return std::filesystem::absolute(path, problem).lexically_normal().string();
  }

  Status settle_old(App& app, KeySource& old, KeySource& next) const {
    if (remove_old_) {
      const auto was = old.load();
      const auto is = next.load();
      if (!was || !is || !(*was == *is)) return old.remove();
      return Error{Code::refused,
                   fmt::format("removing the old key {}: {} holds the same, and may have it from there", old.place(),
                               next.place()),
                   "the source was changed; remove the old one yourself if it is not needed"};
    }
    app.say(fmt::format("the old key is still there: {}; it opens no token any more, but older backups", old.place()));
    return {};
  }

  std::string source_;
  std::vector<std::string> words_;
  bool remove_old_ = false, dry_run_ = false;
};

class KeyDestroy : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done"); }

  Status run(App& app) override {
    auto now = present(app);
    if (!now) return now.error();
    if (dry_run_) {
      app.out() << "would make every stored login and secret unreadable for good\n";
      return {};
    }
    const Status sure =
        confirm(app, "Make every stored login and secret unreadable for good? Mail stays; everybody logs in again.",
                "key destroy");
    if (!sure) return sure;
    const auto need_login = destroy_keys(*now->source, now->world, app.stop());
    if (!need_login) return need_login.error();
    if (app.options().json) app.print_json({{"id", "key"}, {"ok", true}});
    if (!now->source->is_ours()) {
      app.say(fmt::format("the key itself is kept by {}: remove it there", now->source->place()));
    }
    app.say("set the providers' secrets again, then log in");
    for (const auto& email : *need_login) app.say("mailmgr login --account " + shell_word(email));
    return {};
  }

 private:
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_key_status() {
  return std::make_unique<KeyStatus>();
}
std::unique_ptr<Command> make_key_rotate() {
  return std::make_unique<KeyRotate>();
}
std::unique_ptr<Command> make_key_set_source() {
  return std::make_unique<KeySetSource>();
}
std::unique_ptr<Command> make_key_destroy() {
  return std::make_unique<KeyDestroy>();
}

}  // namespace mailmgr
