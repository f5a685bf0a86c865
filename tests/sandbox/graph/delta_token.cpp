#include "tests/sandbox/graph/delta_token.h"

#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/fault.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr char kSeparator = '\x1f';

class FieldWriter {
 public:
  void add(std::string_view text) { (out_ += text) += kSeparator; }
  void add_number(std::int64_t number) { add(std::to_string(number)); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}
  std::string_view text() {
    const auto end = rest_.find(kSeparator);
    ok_ = ok_ && end != std::string_view::npos;
    const auto field = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    return field;
  }
  template <class Number>
  void number(Number& into) {
    const auto field = text();
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), into);
    ok_ = ok_ && error == std::errc() && end == field.data() + field.size();
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::string checksum(std::string_view text) {
  return guid(stable_hash(text)).substr(0, 8);
}

[[noreturn]] void malformed() {
  fail(400, "InvalidSyncStateData", "The sync state data is invalid: badly formed token.");
}

}  // namespace

std::string encode_token(const Mailbox& box, const DeltaToken& token) {
  FieldWriter out;
  out.add_number(static_cast<std::int64_t>(box.number()));
  out.add_number(box.epoch());
  out.add_number(token.of_folders ? 1 : 0);
  out.add_number(token.folder);
  out.add_number(token.enumerating ? 1 : 0);
  out.add_number(static_cast<std::int64_t>(token.since));
  out.add_number(static_cast<std::int64_t>(token.until));
  out.add_number(static_cast<std::int64_t>(token.position));
  out.add_number(token.position_time);
  out.add_number(token.page);
  out.add_number(token.given);
  out.add_number(token.filtered ? 1 : 0);
  out.add_number(token.not_before);
  out.add(token.select);
  out.add(token.expand);
  out.add(token.order);
  out.add(token.change_type);
  const auto text = out.take();
  return base64url(text + checksum(text));
}

DeltaToken decode_token(const Mailbox& box, std::string_view encoded, bool of_folders, std::uint32_t folder) {
  const auto bytes = base64_decode(encoded);
  if (!bytes || bytes->size() < 9) {
    malformed();
  }
  const auto text = std::string_view(*bytes).substr(0, bytes->size() - 8);
  if (checksum(text) != std::string_view(*bytes).substr(text.size())) {
    malformed();
  }
  FieldReader in(text);
  DeltaToken token;
  std::uint64_t mailbox = 0;
  std::uint32_t epoch = 0;
  int folders = 0, enumerating = 0, filtered = 0;
  in.number(mailbox);
  in.number(epoch);
  in.number(folders);
  in.number(token.folder);
  in.number(enumerating);
  in.number(token.since);
  in.number(token.until);
  in.number(token.position);
  in.number(token.position_time);
  in.number(token.page);
  in.number(token.given);
  in.number(filtered);
  in.number(token.not_before);
  token.select = in.text();
  token.expand = in.text();
  token.order = in.text();
  token.change_type = in.text();
  if (!in.done()) {
    malformed();
  }
  token.of_folders = folders != 0;
  token.enumerating = enumerating != 0;
  token.filtered = filtered != 0;
  if (mailbox != box.number() || token.of_folders != of_folders || token.folder != folder) {
    malformed();
  }
  // A token of another life of this mailbox can name changes that have not happened yet.
  if (epoch != box.epoch() || token.since > box.sequence() || token.until > box.sequence()) {
    fail(410, "SyncStateNotFound",
         "The sync state generation is not found; generation=" + std::to_string(epoch) + ". Please restart the sync.");
  }
  return token;
}

}  // namespace mailmgr::sandbox::graph
