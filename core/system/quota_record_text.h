// How a record of the quota ledger is kept in a file: 64-bit numbers, with a checksum at the end.
#pragma once

#include <string>
#include <string_view>

#include "core/ports/quota_ledger.h"

namespace mailmgr {

inline constexpr std::size_t kLargestQuotaRecord = std::size_t{256} << 10;  // bytes

std::string write_quota_record(const QuotaRecord& record);

// An empty record for anything that write_quota_record() did not write.
QuotaRecord read_quota_record(std::string_view bytes);

}  // namespace mailmgr
