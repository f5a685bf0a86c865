// The key that protects stored tokens, in a file of its own outside the data folder, mode 0600. A copy of the data
// folder alone therefore holds no usable token.
#pragma once

#include <string>

#include "core/ports/key_source.h"
#include "core/ports/random.h"
#include "core/system/secret_file.h"

namespace mailmgr {

class KeyFile final : public KeySource {
 public:
  // `path` is in an existing folder. With a `salt` the file may hold a passphrase.
  KeyFile(std::string path, Random& random, std::string salt = {})
      : path_(std::move(path)), random_(random), salt_(std::move(salt)) {}

  // Code::config when the file is missing, is not a key, is a link, or belongs or is open to others.
  Result<Secret> load() override;
  // Never replaces an existing file; of two processes that make the key at once, both get the one that was first.
  Result<Secret> load_or_create() override;
  // Makes `key` the key unless there is a file already; false then.
  Result<bool> put(const Secret& key);

  std::string place() const override { return path_; }
  bool is_ours() const override { return true; }
  Status replace(const Secret& key) override;
  Status remove() override;

 private:
  Result<bool> write(const Secret& key, IfThere if_there);  // and reads it back; false when one is there and kept

  std::string path_;
  Random& random_;
  std::string salt_;
};

}  // namespace mailmgr
