// The key that protects stored tokens, in a file of its own outside the data folder: 32 random bytes as one line of
// base64, mode 0600. A copy of the data folder alone therefore holds no usable token.
#pragma once

#include <string>

#include "core/ports/keys.h"
#include "core/ports/random.h"

namespace mailmgr {

class KeyFile final : public Keys {
 public:
  static constexpr std::size_t kKeySize = 32;

  // `path` is in an existing private folder.
  KeyFile(std::string path, Random& random) : path_(std::move(path)), random_(random) {}

  // Code::config when the file is missing, is not a key, is a link, or belongs or is open to others.
  Result<Secret> load() override;
  // Never replaces an existing file; of two processes that make the key at once, both get the one that was first.
  Result<Secret> load_or_create() override;
  // Makes `key` the key unless there is a file already; false then.
  Result<bool> put(const Secret& key);

 private:
  Status create();

  std::string path_;
  Random& random_;
};

}  // namespace mailmgr
