// Where a text is while an editor has it: a private folder of its own, "editing-NAME-XXXXXX", that takes along whatever
// the editor leaves beside the file (backups, swap files). It is locked as long as this process or the editor lives, so
// that a later run can tell what a killed one left, and save it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

class EditingFolder {
 public:
  // Makes it in `parent`, with the text. `name`, of letters and digits, comes back in LeftEdit. Code::store.
  static Result<EditingFolder> make(const std::string& parent, std::string_view name, std::string_view text);
  EditingFolder(EditingFolder&& other) noexcept;
  EditingFolder& operator=(EditingFolder&&) = delete;
  ~EditingFolder();  // removes it, unless it is to stay

  std::string file() const;
  // What the file holds now. store; too_large beyond 32 MiB.
  Result<std::string> read() const;
  bool has_more() const;  // than the file
  // It is not removed; its path.
  const std::string& stay();

 private:
  EditingFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;
  bool stays_ = false;
};

// What an edit left that was killed.
struct LeftEdit {
  std::string name;
  std::string text;
  Time changed{};  // when the text was written last
};

// Gives everything that was left in `parent` to `save`, and removes what was saved; folders with more than the text in
// them, from which an editor may recover what it had not written, go a month later.
void recover_edits(const std::string& parent, Time now, const std::function<Status(const LeftEdit&)>& save);

// Removes what was left of `name`, but for what an editor still has.
void forget_edits(const std::string& parent, std::string_view name);

}  // namespace mailmgr
