// SHA-256 (FIPS 180-4) of bytes that come in pieces; sha256() in encoding.h is for those that are there at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mailmgr {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  std::string finish();  // 32 raw bytes; ready for another message afterwards

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailmgr
