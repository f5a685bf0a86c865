// A folder into which files are saved whose names came out of mail. A file appears under its name when it is complete,
// where the file system allows; nothing that is there is ever replaced or followed, whatever it is.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace mailmgr {

class SaveFolder {
 public:
  // A folder that is there, or is made (0700) in one that is. usage: it is something else, or in none that is there;
  // store.
  static Result<SaveFolder> open(const std::string& path);

  // What is to be in the file, given to `write` in pieces, which is false when that is not possible.
  using Content = std::function<Status(const std::function<bool(std::string_view)>& write)>;
  // Saves under `name`, which is one of safe_file_name(), or with a number where that is taken, in any case: "a
  // (2).pdf". Returns the path. Where it fails, no file is left. Code::store: disk full, I/O error; errors of
  // `content`.
  Result<std::string> save(const std::string& name, const Content& content);

 private:
  SaveFolder(std::string path, Descriptor folder, std::set<std::string> taken)
      : path_(std::move(path)), folder_(std::move(folder)), taken_(std::move(taken)) {}

  Result<std::string> claim(const std::string& name, const std::function<int(const char*)>& make);

  std::string path_;
  Descriptor folder_;
  std::set<std::string> taken_;  // lower case
};

}  // namespace mailmgr
