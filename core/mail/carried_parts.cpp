#include "core/mail/carried_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/encoding.h"
#include "core/mail/content_id.h"
#include "core/mail/mime_scanner.h"
#include "core/mail/transfer.h"
#include "core/mail/writable_text.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestCarriedName = 255;

using CarrySink = std::function<Status(std::size_t, OutgoingAttachment)>;

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

OutgoingAttachment carried(const Attachment& attachment, const std::string& charset, Blob content) {
  OutgoingAttachment out{attachment.name, carried_type(attachment.type), std::move(content)};
  make_writable(out.name);
  out.name = cut_at_character(out.name, kLongestCarriedName);
  if (is_content_id(attachment.content_id)) out.content_id = attachment.content_id;
  if (out.type.starts_with("text/") && is_plain_charset(charset)) out.charset = charset;
  return out;
}

// Decodes the parts asked for, each into a blob of its own.
class PartCollector : public PartVisitor {
 public:
  PartCollector(const std::vector<Attachment>& wanted, const CarrySink& sink) : wanted_(wanted), sink_(sink) {
    for (std::size_t index = 0; index < wanted.size(); ++index) places_[wanted[index].part] = index;
  }

  void message_fields(const std::vector<HeaderField>&) override {}
  void begin_part(PartHead head) override {
    const auto place = places_.find(head.number);
    inside_ = status_ && place != places_.end();
    if (!inside_) return;
    index_ = place->second;
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
    writer_ = BlobWriter();
    if (!content) status_ = content.error();
    if (status_) status_ = sink_(index_, carried(wanted_[index_], charset_, *std::move(content)));
    places_.erase(wanted_[index_].part);
  }
  void damage(std::string_view) override {}

  const Status& status() const { return status_; }
  // Of the parts that were asked for and did not come.
  const std::map<std::string, std::size_t>& missing() const { return places_; }

 private:
  const std::vector<Attachment>& wanted_;
  const CarrySink& sink_;
  std::map<std::string, std::size_t> places_;  // by number: where in `wanted`
  TransferDecoder decoder_{""};
  BlobWriter writer_;
  TransferDecoder::Sink keep_ = [this](std::string_view bytes) {
    if (status_) status_ = writer_.append(bytes);
  };
  Status status_;
  std::size_t index_ = 0;
  std::string charset_;
  bool inside_ = false;
};

}  // namespace

Status carry_each(const Blob& raw, const std::vector<Attachment>& wanted, const ParseLimits& limits,
                  const CarrySink& sink) {
  if (wanted.empty()) return {};
  PartCollector collector(wanted, sink);
  MimeScanner scanner(collector, limits);
  const auto read =
      raw.each_chunk([&](std::string_view bytes) { return scanner.feed(bytes) && collector.status().has_value(); });
  if (!read) return read.error();
  scanner.finish();
  if (!collector.status()) return collector.status().error();
  if (collector.missing().empty()) return {};
  // An empty file in its place would go out as if it were the whole.
  const auto& lost = wanted[collector.missing().begin()->second];
  return Error{Code::internal,
               fmt::format("reading the attachments: part {} (\"{}\") was not found again", lost.part, lost.name)};
}

Result<std::vector<OutgoingAttachment>> carry_parts(const Blob& raw, const std::vector<Attachment>& wanted) {
  std::vector<OutgoingAttachment> parts(wanted.size());
  const auto carried = carry_each(raw, wanted, {}, [&](std::size_t index, OutgoingAttachment part) {
    parts[index] = std::move(part);
    return Status();
  });
  if (!carried) return carried.error();
  return parts;
}

}  // namespace mailmgr::mail
