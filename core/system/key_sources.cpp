#include "core/system/key_sources.h"

#include <fmt/format.h>
#include <unistd.h>

#include "core/base/shell_word.h"
#include "core/system/command_output.h"
#include "core/system/key_file.h"
#include "core/system/key_text.h"
#include "core/system/keyring.h"
#include "core/system/secret_file.h"

namespace mailmgr {
namespace {

// A key that another program keeps: it can only be asked for.
class ForeignKey : public KeySource {
 public:
  Result<Secret> load_or_create() override { return load(); }
  bool is_ours() const override { return false; }
  Status replace(const Secret&) override { return refuse("replacing"); }
  Status remove() override { return refuse("removing"); }

 private:
  Error refuse(std::string_view what) const {
    return {Code::refused, fmt::format("{} the key of {}: mailmgr does not keep it", what, place()), "do it there"};
  }
};

class KeyCommand final : public ForeignKey {
 public:
  KeyCommand(std::vector<std::string> argv, std::string salt) : argv_(std::move(argv)), salt_(std::move(salt)) {}

  Result<Secret> load() override {
    constexpr const char* kReading = "reading the key from the command";
    const auto text = command_output(argv_);
    if (text) return key_from_text(*text, salt_, fmt::format("{}: {}", kReading, place()));
    Error error = text.error().within(kReading);
    error.hint = "it must print the key alone, on one line, without asking anybody: try it with: " + place() +
                 " < /dev/null\nor choose another source: mailmgr key set-source file";
    return error;
  }
  std::string place() const override { return shell_words(argv_); }

 private:
  std::vector<std::string> argv_;
  std::string salt_;
};

class KeyCredential final : public ForeignKey {
 public:
  KeyCredential(std::string path, std::string salt) : path_(std::move(path)), salt_(std::move(salt)) {}

  Result<Secret> load() override {
    const std::string reading = fmt::format("reading the key from the systemd credential {}", kCredentialName);
    if (path_.empty()) return missing(reading + ": CREDENTIALS_DIRECTORY is not set, so no unit provides it");
    const auto text = read_secret_file(path_, FileOwner::system);
    if (text) return key_from_text(*text, salt_, fmt::format("{}: {}", reading, path_));
    if (text.error().code == Code::not_found) return missing(text.error().within(reading).message);
    return text.error().within(reading);
  }
  std::string place() const override { return path_.empty() ? kCredentialName : path_; }

 private:
  static Error missing(std::string message) {
    return {Code::config, std::move(message),
            fmt::format("add to the unit: LoadCredentialEncrypted={0}:/etc/mailmgr/{0}\n"
                        "or choose another source: mailmgr key set-source file; see mailmgr-key(1)",
                        kCredentialName)};
  }

  std::string path_;
  std::string salt_;
};

}  // namespace

std::string credential_file(const EnvironmentLookup& environment) {
  const char* folder = environment("CREDENTIALS_DIRECTORY");
  return folder && *folder == '/' ? fmt::format("{}/{}", folder, kCredentialName) : "";
}

std::unique_ptr<KeySource> make_key_source(const KeySettings& settings, Random& random,
                                           const EnvironmentLookup& environment) {
  switch (settings.kind) {
    case KeySourceKind::command:
      return std::make_unique<KeyCommand>(settings.command, settings.salt);
    case KeySourceKind::credential:
      return std::make_unique<KeyCredential>(credential_file(environment), settings.salt);
    case KeySourceKind::keyring:
      return std::make_unique<Keyring>(settings.entry, random);
    case KeySourceKind::file:
      break;
  }
  return std::make_unique<KeyFile>(settings.file, random, settings.salt);
}

Result<Secret> ConfiguredKeys::load() {
  const auto source = find_();
  if (!source) return source.error();
  return (*source)->load();
}

Result<Secret> ConfiguredKeys::load_or_create() {
  const auto source = find_();
  if (!source) return source.error();
  return (*source)->load_or_create();
}

}  // namespace mailmgr
