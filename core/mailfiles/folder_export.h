// What the targets that are folders have in common: a record of the last run, a list of what was written, and one run
// at a time.
#pragma once

#include "core/mailfiles/export_list.h"
#include "core/mailfiles/export_target.h"

namespace mailmgr {

class FolderExport : public ExportTarget {
 public:
  const std::optional<ExportRecord>& last() const override { return last_; }
  Status begin(const ExportRecord& record) override;
  Status finish(const ExportRecord& record) override;

 protected:
  FolderExport(const TargetOptions& options, FolderTree tree) : tree_(std::move(tree)), mirror_(options.mirror) {}
  // Reads record and list.
  Status load();
  // The last run did not say that all it wrote is on disk: after a power cut files may be shorter than they were.
  bool is_doubtful() const { return !last_ || !last_->complete; }
  virtual Status complete() { return {}; }  // before the record

  FolderTree tree_;
  bool mirror_;
  ExportList list_;

 private:
  std::optional<ExportRecord> last_;
  Descriptor lock_;
};

Result<std::unique_ptr<ExportTarget>> open_maildir_target(const TargetOptions& options);
Result<std::unique_ptr<ExportTarget>> open_eml_target(const TargetOptions& options);
Result<std::unique_ptr<ExportTarget>> open_file_target(const TargetOptions& options);  // mbox, jsonl

}  // namespace mailmgr
