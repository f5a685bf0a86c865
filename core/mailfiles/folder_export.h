// What the targets that are folders have in common: a record of the last run, a list of what was written, and one run
// at a time. The record and what goes with it are a single file's, too.
#pragma once

#include "core/mailfiles/export_list.h"
#include "core/mailfiles/export_target.h"

namespace mailmgr {

// What the record of that name says; nullopt: there is none, or it is none of ours. 0, or errno.
int read_record_file(int folder, const std::string& name, std::optional<ExportRecord>& record);

// Code::usage: that would replace what others wrote.
Error not_ours(const std::string& shown_path);

class FolderExport : public ExportTarget {
 public:
  const std::optional<ExportRecord>& last() const override { return last_; }
  Status begin(const ExportRecord& record) override;
  Status finish(const ExportRecord& record) override;

 protected:
  FolderExport(const TargetOptions& options, FolderTree tree)
      : tree_(std::move(tree)), mirror_(options.mirror), dry_run_(options.dry_run) {}
  // Keeps other runs out, then reads record and list: what they say holds until the end. Code::busy; store.
  Status load();
  bool was_exported_to() const { return last_ || !list_.lines().empty(); }
  // The last run did not say that all it wrote is on disk: after a power cut files may be shorter than they were.
  bool is_doubtful() const { return !last_ || !last_->complete; }
  virtual Status complete() { return {}; }  // before the record

  FolderTree tree_;
  bool mirror_;
  ExportList list_;

 private:
  Status lock();

  bool dry_run_;
  std::optional<ExportRecord> last_;
  Descriptor lock_;
};

template <class Target>
Result<std::unique_ptr<ExportTarget>> open_folder_target(const TargetOptions& options) {
  auto tree = FolderTree::open(options.path, !options.dry_run);
  if (!tree) return tree.error();
  auto target = std::make_unique<Target>(options, *std::move(tree));
  if (auto loaded = target->load(); !loaded) return loaded.error();
  return std::unique_ptr<ExportTarget>(std::move(target));
}

Result<std::unique_ptr<ExportTarget>> open_maildir_target(const TargetOptions& options);
Result<std::unique_ptr<ExportTarget>> open_eml_target(const TargetOptions& options);
Result<std::unique_ptr<ExportTarget>> open_file_target(const TargetOptions& options);  // mbox, jsonl

}  // namespace mailmgr
