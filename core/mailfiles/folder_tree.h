// A folder into which mail is exported, with folders in it whose names came out of mailboxes. No step leads over a
// symbolic link, whatever lies there, and a file has its name only once it is complete.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace mailmgr {

// What a file is to hold, given to the sink in pieces; false from the sink: it could not be written.
using FileContent = std::function<Status(const std::function<bool(std::string_view)>& sink)>;

class FolderTree {
 public:
  // With `make` the folder (0700) is made in one that is there; without, one that is not there is like an empty one.
  // Code::usage: something else is there; store.
  static Result<FolderTree> open(const std::string& path, bool make);

  const std::string& path() const { return path_; }
  bool exists() const { return static_cast<bool>(folder_); }
  int top() const { return folder_.get(); }

  // A folder below, its parts separated by '/', each of them one of safe_folder_path(). With `make` what is missing is
  // made; without, a missing one is an empty Descriptor. Code::usage: over a symbolic link, or no folder; store.
  Result<Descriptor> folder(std::string_view below, bool make) const;

  // Calls `sink` with each entry of a folder below, in no order; "" is the top. Code::store.
  Status each_entry(std::string_view below,
                    const std::function<void(const std::string& name, bool is_folder)>& sink) const;

  Error failure(std::string_view what, std::string_view below, int problem) const;  // about something in here

 private:
  FolderTree(std::string path, bool written, Descriptor folder)
      : path_(std::move(path)), written_(written), folder_(std::move(folder)) {}

  std::string path_;
  bool written_;  // else it is only read
  Descriptor folder_;
};

// Writes a new file (0600) of that name, which nobody but mailmgr uses, in place of what an earlier run left there.
// Disk full and I/O errors are Code::store; where it fails no file is left.
Status write_new_file(int folder, const std::string& name, const std::string& shown_path, const FileContent& content);

// The name of what is to be `name` once it is complete: one that nobody else uses.
std::string part_name(std::string_view name);

// Whether something of that name is there that could be missed: all but an empty file.
bool is_in_the_way(int folder, const std::string& name);

// Gives a file another name, never that of a file that is there. 0, or errno (EEXIST).
int move_file(int from, const std::string& name, int to, const std::string& new_name);

// Writes a small file in place of the one that is there, on disk when this returns.
Status replace_small_file(int folder, const std::string& name, const std::string& shown_path, std::string_view text);

// A mailbox folder's path ("Work/2026") as one of file names: every level is safe_file_name(), none is called cur, new
// or tmp, as Maildirs keep their mail in those. Never empty.
std::string safe_folder_path(std::string_view folder);

}  // namespace mailmgr
