#include <string>

#include "core/mail/mime_scanner.h"
#include "core/mail/parse.h"
#include "core/mail/transfer.h"

namespace mailmgr {
namespace {

using namespace mail;

// Decodes the one part asked for and passes it on.
class PartReader : public PartVisitor {
 public:
  PartReader(std::string_view wanted, const std::function<bool(std::string_view)>& sink)
      : wanted_(wanted), sink_(sink) {}

  void message_fields(const std::vector<HeaderField>&) override {}
  void begin_part(PartHead head) override {
    inside_ = head.number == wanted_;
    if (!inside_) return;
    found_ = true;
    decoder_ = TransferDecoder(head.encoding);
  }
  void body(std::string_view encoded) override {
    if (inside_) decoder_.add(encoded, pass_on_);
  }
  void end_part() override {
    if (inside_) {
      decoder_.finish(pass_on_);
      done_ = true;
    }
    inside_ = false;
  }
  void damage(std::string_view) override {}

  bool found() const { return found_; }
  bool done() const { return done_; }

 private:
  std::string_view wanted_;
  const std::function<bool(std::string_view)>& sink_;
  TransferDecoder decoder_{""};
  TransferDecoder::Sink pass_on_ = [this](std::string_view bytes) {
    if (!done_ && !sink_(bytes)) done_ = true;
  };
  bool inside_ = false;
  bool found_ = false;
  bool done_ = false;
};

}  // namespace

Status read_part(const Blob& raw, std::string_view part, const std::function<bool(std::string_view)>& sink) {
  PartReader reader(part, sink);
  const ParseLimits limits;
  MimeScanner scanner(reader, limits);
  const auto read = raw.each_chunk([&](std::string_view bytes) { return scanner.feed(bytes) && !reader.done(); });
  if (!read) return read.error();
  if (!reader.done()) scanner.finish();
  if (reader.found()) return {};
  return Error{Code::not_found, "reading part " + std::string(part) + " of a message: it has no such part",
               "mailmgr attachment list ID shows the parts"};
}

}  // namespace mailmgr
