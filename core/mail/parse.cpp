#include "core/mail/parse.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/body_text.h"
#include "core/mail/charset.h"
#include "core/mail/flowed.h"
#include "core/mail/mime_scanner.h"
#include "core/mail/report_reader.h"
#include "core/mail/transfer.h"

namespace mailmgr {
namespace {

using namespace mail;

constexpr std::size_t kMaxAddresses = 2000;
constexpr std::size_t kMaxReferences = 200;
constexpr std::size_t kMaxHeaders = 1000;
constexpr std::size_t kMaxNotes = 8;

// Fills a ParsedMessage while the scanner walks; finish() settles what needs all parts.
class Collector : public PartVisitor {
 public:
  Collector(ParsedMessage& message, const ParseLimits& limits) : message_(message), limits_(limits) {}

  void message_fields(const std::vector<HeaderField>& fields) override;
  void begin_part(PartHead head) override;
  void body(std::string_view encoded) override;
  void end_part() override;
  void damage(std::string_view what) override;
  void finish();

 private:
  void read_field(const std::string& name, const HeaderField& field, std::string&& decoded);
  void add_text(std::string_view bytes);
  std::string readable_text();
  void list_part();

  ParsedMessage& message_;
  const ParseLimits& limits_;
  PartHead head_;
  TransferDecoder decoder_{""};
  TransferDecoder::Sink sink_ = [this](std::string_view bytes) {
    size_ += bytes.size();
    report_.add(bytes);
    if (shown_) add_text(bytes);
  };
  std::uint64_t size_ = 0;  // decoded bytes of the part
  bool shown_ = false;      // the part is body text
  std::string text_;        // its decoded bytes, capped
  std::size_t text_total_ = 0;
  std::vector<TextPart> texts_;
  ReportReader report_;
  std::vector<std::string> notes_;
};

void Collector::message_fields(const std::vector<HeaderField>& fields) {
  message_.headers.reserve(std::min(fields.size(), kMaxHeaders));
  for (const auto& field : fields) {
    const auto name = to_lower_ascii(field.name);
    auto decoded = decode_text(field.value);
    if (message_.headers.size() < kMaxHeaders) message_.headers.emplace_back(field.name, decoded);
    read_field(name, field, std::move(decoded));
  }
}

void Collector::read_field(const std::string& name, const HeaderField& field, std::string&& decoded) {
  const auto addresses = [&](std::vector<Address>& list) {
    if (list.size() >= kMaxAddresses) return;
    for (auto& address : read_addresses(field.value, kMaxAddresses - list.size())) list.push_back(std::move(address));
  };
  if (name == "subject") {
    if (message_.subject.empty()) message_.subject = std::move(decoded);
  } else if (name == "from") {
    addresses(message_.from);
  } else if (name == "to") {
    addresses(message_.to);
  } else if (name == "cc") {
    addresses(message_.cc);
  } else if (name == "bcc") {
    addresses(message_.bcc);
  } else if (name == "reply-to") {
    addresses(message_.reply_to);
  } else if (name == "date") {
    if (!message_.date) message_.date = read_date(field.value);
    if (!message_.date) damage("the Date cannot be read");
  } else if (name == "message-id") {
    if (!message_.message_id.empty()) return;
    const auto ids = read_message_ids(field.value, 1);
    const bool bare = !decoded.empty() && decoded.find_first_of(" <>") == std::string::npos;
    message_.message_id = !ids.empty() ? ids.front() : bare ? "<" + decoded + ">" : std::string();
  } else if (name == "in-reply-to") {
    const auto ids = read_message_ids(field.value, 1);
    if (message_.in_reply_to.empty() && !ids.empty()) message_.in_reply_to = ids.front();
  } else if (name == "references") {
    if (message_.references.empty()) message_.references = read_message_ids(field.value, kMaxReferences);
  } else if (name == "list-id") {
    if (message_.list_id.empty()) message_.list_id = read_list_id(field.value);
  }
}

void Collector::begin_part(PartHead head) {
  head_ = std::move(head);
  report_.begin_part(head_);
  size_ = 0;
  text_.clear();
  decoder_ = TransferDecoder(head_.encoding);
  if (!decoder_.known()) damage("a part has an unknown Content-Transfer-Encoding");
  const bool readable = head_.type == "text/plain" || head_.type == "text/html";
  shown_ = readable && (head_.disposition != "attachment" || head_.is_root);
}

void Collector::body(std::string_view encoded) {
  decoder_.add(encoded, sink_);
}

void Collector::add_text(std::string_view bytes) {
  // Twice the limit overall: enough for a text and an HTML part of full size.
  const auto room = std::min(limits_.max_text - std::min(limits_.max_text, text_.size()),
                             2 * limits_.max_text - std::min(2 * limits_.max_text, text_total_));
  if (bytes.size() > room) {
    message_.text_cut = true;
    damage("long text is kept only in part");
  }
  text_ += bytes.substr(0, room);
  text_total_ += std::min(bytes.size(), room);
}

std::string Collector::readable_text() {
  const bool html = head_.type == "text/html";
  auto charset = head_.charset;
  if (html && charset.empty()) charset = charset_in_html(text_);
  // What was cut may have been cut inside a character; that is no damage of the message.
  const bool cut = size_ > text_.size();
  auto converted = to_utf8(text_, charset);
  if (converted.damaged && !cut) {
    damage(charset.empty() ? "8-bit text without a charset"
                           : "text does not fit its charset, or the charset is unknown");
  }
  if (html) return std::move(converted.text);
  auto text = with_unix_line_ends(converted.text);
  return head_.flowed ? unflow(text, head_.delsp) : text;
}

void Collector::end_part() {
  decoder_.finish(sink_);
  if (decoder_.truncated()) damage("base64 content ends early");
  if (shown_) {
    const bool html = head_.type == "text/html";
    texts_.push_back({html, head_.alternative, readable_text()});
    if (html) message_.html_parts.push_back(head_.number);
  }
  list_part();
}

void Collector::list_part() {
  const bool attached = head_.disposition == "attachment";
  // Text that came with a name, as patches do, is both read and listed.
  if (shown_ && !attached && (head_.name.empty() || head_.is_root)) return;
  // Some mailers call every attachment inline; only what can stand in a text is believed to.
  const bool showable =
      head_.type.starts_with("image/") || head_.type.starts_with("text/") || !head_.content_id.empty();
  const bool in_body = (head_.disposition == "inline" && showable) || (shown_ && !attached) ||
                       (head_.in_related && !head_.content_id.empty() && !attached) ||
                       (head_.in_signed && head_.type.ends_with("-signature"));
  message_.attachments.push_back({std::move(head_.number), std::move(head_.name), std::move(head_.type), size_, in_body,
                                  std::move(head_.content_id)});
}

void Collector::damage(std::string_view what) {
  if (notes_.size() < kMaxNotes && std::find(notes_.begin(), notes_.end(), what) == notes_.end()) {
    notes_.emplace_back(what);
  }
}

void Collector::finish() {
  message_.body_text = choose_body(texts_, limits_.max_text);
  message_.body_html = choose_html(texts_, limits_.max_text);
  message_.report = report_.finish();
  message_.snippet = make_snippet(message_.body_text);
  for (const auto& note : notes_) message_.damage += (message_.damage.empty() ? "" : "; ") + note;
}

}  // namespace

Result<ParsedMessage> parse_message(const Blob& raw, const ParseLimits& limits) {
  ParsedMessage message;
  Collector collector(message, limits);
  MimeScanner scanner(collector, limits);
  const auto read = raw.each_chunk([&](std::string_view bytes) {
    if (bytes.find('\0') != std::string_view::npos) collector.damage("there are NUL bytes");
    return scanner.feed(bytes);
  });
  if (!read) return read.error();
  scanner.finish();
  collector.finish();
  return message;
}

}  // namespace mailmgr
