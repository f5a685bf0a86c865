#include "core/mail/carried_parts.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/mail/body_text.h"
#include "core/mail/content_id.h"
#include "core/mail/header_writer.h"
#include "core/mail/mime_scanner.h"
#include "core/mail/transfer.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestCarriedName = 255;

struct CarriedPart {
  std::string charset;
  Blob content;
};

// Decodes the parts asked for, each into a blob of its own.
class PartCollector : public PartVisitor {
 public:
  explicit PartCollector(const std::vector<Attachment>& wanted) {
    for (const auto& attachment : wanted) wanted_.insert(attachment.part);
  }

  void message_fields(const std::vector<HeaderField>&) override {}
  void begin_part(PartHead head) override {
    inside_ = wanted_.contains(head.number);
    if (!inside_) return;
    number_ = head.number;
    charset_ = head.charset;
    decoder_ = TransferDecoder(head.encoding);
    writer_ = BlobWriter();
  }
  void body(std::string_view encoded) override {
    if (inside_) decoder_.add(encoded, keep_);
  }
  void end_part() override {
    if (!inside_) return;
    inside_ = false;
    decoder_.finish(keep_);
    auto content = std::move(writer_).finish();
    if (!content) status_ = content.error();
    if (status_) found_[number_] = {charset_, *std::move(content)};
  }
  void damage(std::string_view) override {}

  const Status& status() const { return status_; }
  std::map<std::string, CarriedPart>& found() { return found_; }

 private:
  std::set<std::string> wanted_;
  std::map<std::string, CarriedPart> found_;
  TransferDecoder decoder_{""};
  BlobWriter writer_;
  TransferDecoder::Sink keep_ = [this](std::string_view bytes) {
    if (status_) status_ = writer_.append(bytes);
  };
  Status status_;
  std::string number_, charset_;
  bool inside_ = false;
};

bool is_plain_charset(std::string_view charset) {
  return charset.size() <= 40 && std::all_of(charset.begin(), charset.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// A type that can be written again; what cannot is a mere file.
std::string carried_type(const std::string& type) {
  const bool good = type.size() <= 128 && std::count(type.begin(), type.end(), '/') == 1 && !type.starts_with('/') &&
                    !type.ends_with('/') && !type.starts_with("multipart/") &&
                    std::all_of(type.begin(), type.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                             std::string_view("/.+-_").find(c) != std::string_view::npos;
                    });
  return good ? type : std::string("application/octet-stream");
}

}  // namespace

Result<std::vector<OutgoingAttachment>> carry_parts(const Blob& raw, const std::vector<Attachment>& wanted) {
  std::vector<OutgoingAttachment> carried;
  if (wanted.empty()) return carried;
  PartCollector collector(wanted);
  const ParseLimits limits;
  MimeScanner scanner(collector, limits);
  const auto read =
      raw.each_chunk([&](std::string_view bytes) { return scanner.feed(bytes) && collector.status().has_value(); });
  if (!read) return read.error();
  scanner.finish();
  if (!collector.status()) return collector.status().error();
  for (const auto& attachment : wanted) {
    auto& part = collector.found()[attachment.part];
    OutgoingAttachment out{attachment.name, carried_type(attachment.type), std::move(part.content)};
    make_writable(out.name);
    out.name = cut_at_character(out.name, kLongestCarriedName);
    if (is_content_id(attachment.content_id)) out.content_id = attachment.content_id;
    if (out.type.starts_with("text/") && is_plain_charset(part.charset)) out.charset = part.charset;
    carried.push_back(std::move(out));
  }
  return carried;
}

}  // namespace mailmgr::mail
