// A Secret holds a token, key or password. It cannot be printed or serialised by accident: the only way to the bytes is
// reveal(), which is easy to find in a review. The memory is wiped when it is let go. Copies made by libraries (an HTTP
// client's buffers, a JSON document) cannot be wiped.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  // Takes the bytes over and wipes the string they came in.
  static Secret take(std::string& bytes);

  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

  // Compares in constant time for equal lengths.
  bool operator==(const Secret& other) const;

 private:
  std::string bytes_;
};

// Equality in constant time for equal lengths; use it for states, nonces and MACs.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace mailmgr
