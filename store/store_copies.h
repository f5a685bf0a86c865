// StoreCopies (core/ports/store_copies.h states its contract) of the store in one data folder. It opens what it needs
// for each call and holds nothing in between.
#pragma once

#include <memory>
#include <string>

#include "core/ports/store_copies.h"
#include "store/database.h"

namespace mailmgr::store {

class SqliteStoreCopies final : public StoreCopies {
 public:
  explicit SqliteStoreCopies(std::string data_folder) : data_(std::move(data_folder)) {}

  Result<bool> is_empty() override;
  Status copy_to(const std::string& folder, const ByteProgress& progress, const Stop& stop) override;
  Result<StoreContents> check(const std::string& folder) override;
  Result<Adoption> adopt(const std::string& folder, RestoreAs as) override;
  Status make_way() override;

 private:
  std::string data_;
};

}  // namespace mailmgr::store
