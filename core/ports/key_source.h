// A place the key can come from, and which one is configured. Exactly one is: where it fails nothing else is tried,
// because a fallback would be a weaker place that nobody chose.
#pragma once

#include <string>
#include <vector>

#include "core/ports/keys.h"

namespace mailmgr {

enum class KeySourceKind { file, command, credential, keyring };

// What `key set-source` stores beside the configuration, never in the database: a restored or prepared store must not
// choose a command to run.
struct KeySettings {
  KeySourceKind kind = KeySourceKind::file;
  std::string file;                  // file: absolute path
  std::vector<std::string> command;  // command: the program and its arguments; no shell is involved
  std::string entry;                 // keyring: tells the entries of several homes apart
  std::string salt;                  // stretches passphrases; empty: only a key of 32 bytes will do

  bool operator==(const KeySettings&) const = default;
};

class KeySource : public Keys {
 public:
  // For people: "/home/ada/.config/mailmgr/key", "pass show mailmgr".
  virtual std::string place() const = 0;
  // Whether replace() and remove() are mailmgr's to do; else another program keeps the key.
  virtual bool is_ours() const = 0;
  // Puts `key` in the place of the one that is there, all or nothing, and proves it by reading back. Code::refused
  // where the key is not ours.
  virtual Status replace(const Secret& key) = 0;
  // Removes the key for good; nothing there is fine. Code::refused where the key is not ours.
  virtual Status remove() = 0;
};

}  // namespace mailmgr
