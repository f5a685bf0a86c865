#include "store/sql.h"

namespace mailmgr::store {

Sql::~Sql() {
  if (!statement_) return;
  (void)statement_->tryReset();  // repeats the error of a failed step, which was reported already
  if (slot_) slot_->push_back(std::move(statement_));
}

void Sql::set(int index, Bytes bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = bytes.view.data() ? bytes.view.data() : "";
  statement_->bindNoCopy(index, static_cast<const void*>(data), static_cast<int>(bytes.view.size()));
}

void Sql::run() {
  statement_->exec();
  statement_->reset();
}

std::string_view Sql::bytes(int column) const {
  const auto value = statement_->getColumn(column);
  const auto size = value.getBytes();
  const void* data = value.getBlob();
  return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string_view();
}

}  // namespace mailmgr::store
