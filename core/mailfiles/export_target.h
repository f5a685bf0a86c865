// Where mail is exported to: a Maildir, a folder of .eml files, one mbox or JSON Lines file. One after the other,
// messages are looked up in it and written; what it held already is known by keys, so that a second run adds only what
// is new. Errors are about the target (Code::store: disk full, I/O; Code::usage: something else is in the way).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/ports/message_reader.h"

namespace mailmgr {

enum class MailFormat { maildir, mbox, eml, jsonl };
std::string_view to_string(MailFormat format);
std::optional<MailFormat> mail_format(std::string_view word);

struct ExportItem {
  const MessageRow& row;
  std::string account;  // its name, which is a folder's
  std::string key;      // 32 hexadecimal digits that no other message, and no other version of a draft, has
};

enum class Placed { missing, differs, same };  // differs: marks or folder, where the target is to mirror them

// What a run was about and came to; kept beside what it wrote (`complete` only when nothing is missing).
struct ExportRecord {
  bool complete = false;
  MailFormat format = MailFormat::maildir;
  std::string query;                  // as it was given; empty: everything
  std::vector<std::string> accounts;  // addresses that were selected, sorted; empty: all
  bool mirror = false;
  Time started{};
  std::optional<Time> finished;
  std::uint64_t messages = 0, added = 0, updated = 0, unchanged = 0, removed = 0, failed = 0, bytes = 0;
};
std::string to_json(const ExportRecord& record);                 // one line, without its end
std::optional<ExportRecord> read_record(std::string_view json);  // nullopt: none of ours

class ExportTarget {
 public:
  virtual ~ExportTarget() = default;
  // What the last run left; nullopt: there was none, or its record cannot be read.
  virtual const std::optional<ExportRecord>& last() const = 0;
  // From now on the target counts as incomplete, until finish().
  virtual Status begin(const ExportRecord& record) = 0;
  // Where the message is in it. Notes that it is to stay.
  virtual Result<Placed> look(const ExportItem& item) = 0;
  // Writes what look() called missing, or puts in its place what differs; `content` is only read for the former.
  virtual Status put(const ExportItem& item, Placed placed, const Blob& content) = 0;
  // What mailmgr has written there in earlier runs and look() was not asked for in this one.
  virtual std::uint64_t gone() const = 0;
  virtual Status remove_gone() = 0;
  // All is on disk when this returns.
  virtual Status finish(const ExportRecord& record) = 0;
};

struct TargetOptions {
  MailFormat format = MailFormat::maildir;
  std::string path;  // "-" (mbox, jsonl): `out`
  std::ostream* out = nullptr;
  bool mirror = false;   // look() tells what differs
  bool dry_run = false;  // nothing is written, not even the folder; begin, put and finish are not called
  bool force = false;    // replaces a file that no export wrote
  // jsonl: the message as a JSON object, without its bytes.
  std::function<Result<std::string>(const MessageRow& row, const Blob& content)> describe = {};
};
// Code::usage: something else is at that path; Code::busy: another run writes there, which no dry run minds. It is this
// run's alone as long as the target lives.
Result<std::unique_ptr<ExportTarget>> open_export_target(const TargetOptions& options);

}  // namespace mailmgr
