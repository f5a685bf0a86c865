// The quota ledger as small private files, one per key, in <data>/quota: beside the store, so that processes of any
// environment share it, and apart from it, so that nobody waits for a database. Its name is a hash of the key. Nothing
// is synced to disk: what a crash of the machine loses is older than any window when it is up again.
//
// Who has requests on their way holds a lock on one byte of the file, far behind its content, which ends with the
// process; so others see that it is gone. The locks belong to open files (OFD, fcntl(2)), not to processes: several
// ledgers in one process count as several.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/ports/quota_ledger.h"
#include "core/ports/random.h"

namespace mailmgr {

class FileQuotaLedger final : public QuotaLedger {
 public:
  // `folder` exists and is private.
  FileQuotaLedger(std::string folder, Random& random);
  ~FileQuotaLedger() override;

  Status update(std::string_view key, const std::function<void(QuotaRecord&)>& change) override;

 private:
  class File;

  Result<File*> file_of(std::string_view key);

  const std::string folder_;
  const std::uint64_t owner_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<File>, std::less<>> files_;
};

}  // namespace mailmgr
