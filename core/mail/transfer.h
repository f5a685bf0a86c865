// Undoes a Content-Transfer-Encoding (RFC 2045 §6) piece by piece. Private to this room. Never fails: bad characters
// are skipped, and truncated() tells of base64 that ends inside a group.
#pragma once

#include <gmime/gmime.h>

#include <functional>
#include <string>
#include <string_view>

namespace mailmgr::mail {

class TransferDecoder {
 public:
  using Sink = std::function<void(std::string_view)>;

  // `name` as in the header, any case; unknown names decode nothing and known() is false.
  explicit TransferDecoder(std::string_view name);

  void add(std::string_view encoded, const Sink& sink);
  void finish(const Sink& sink);

  bool known() const { return known_; }
  bool truncated() const { return base64_digits_ % 4 != 0; }

 private:
  void decode(std::string_view encoded, const Sink& sink);
  std::string_view after_begin(std::string_view encoded);

  GMimeEncoding state_{};
  bool identity_ = true;
  bool base64_ = false;
  bool before_begin_ = false;  // of uuencoded content: its "begin 644 name" line has not come yet
  bool known_ = true;
  std::size_t base64_digits_ = 0;
  std::string buffer_;
  std::string lead_;  // what came before "begin"
};

}  // namespace mailmgr::mail
