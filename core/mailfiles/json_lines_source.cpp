// What `export --format jsonl` wrote. The bytes of a message may be many, so a line is not read as a whole: what stands
// between the quotes of "raw" is decoded as it comes.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/encoding.h"
#include "core/base/file_io.h"
#include "core/mailfiles/mail_source.h"

namespace mailmgr {
namespace {

using nlohmann::json;

constexpr std::size_t kJsonPiece = std::size_t{256} << 10;
constexpr std::size_t kMostAroundRaw = std::size_t{16} << 20;  // bytes of a line besides the message's own
constexpr std::string_view kRawKey = "\"raw\":\"";

std::optional<Time> time_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? from_rfc3339(found->get_ref<const std::string&>())
                                                     : std::nullopt;
}

bool flag_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> texts_at(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& one : *found) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

void take_fields(const json& object, FoundMessage& found) {
  const auto folders = texts_at(object, "folders");
  if (!folders.empty()) found.folder = folders.front();
  found.labels = texts_at(object, "labels");
  found.unread = flag_at(object, "unread");
  found.starred = flag_at(object, "starred");
  found.draft = flag_at(object, "draft");
  found.received = time_at(object, "received");
  const auto note = object.find("note");
  if (note != object.end() && note->is_string()) found.note = note->get<std::string>();
  const auto done = time_at(object, "todo_done");
  if (flag_at(object, "todo") || done) {
    found.todo = Todo{time_at(object, "todo_due"), time_at(object, "todo_added").value_or(Time{}), done};
  }
}

class LineReader {
 public:
  LineReader(std::string path, const FoundSink& sink) : path_(std::move(path)), sink_(sink) {}

  Result<bool> feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto used = in_raw_ ? take_raw(bytes) : take_around(bytes);
      if (!used) return used.error();
      if (done_) return false;
      bytes.remove_prefix(*used);
    }
    return true;
  }

  Status finish() {
    if (around_.empty() && !in_raw_) return {};
    if (in_raw_) is_bad_ = true;  // it was cut off
    return end_line();
  }
  bool found_any() const { return found_any_; }

 private:
  // Up to the key "raw", which quotes in a string cannot look like, or to the line's end.
  Result<std::size_t> take_around(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    const auto line = bytes.substr(0, newline);
    if (!has_raw_) {
      const auto before = around_.size();
      const auto overlap = std::min(before, kRawKey.size() - 1);
      const auto joined = around_.substr(before - overlap) + std::string(line);
      for (auto at = joined.find(kRawKey); at != joined.npos; at = joined.find(kRawKey, at + 1)) {
        const char in_front = at > 0 ? joined[at - 1] : before > overlap ? around_[before - overlap - 1] : '\0';
        if (in_front != ',' && in_front != '{') continue;
        const auto used = at + kRawKey.size() - overlap;
        around_ += line.substr(0, used);
        has_raw_ = in_raw_ = true;
        return used;
      }
    }
    if (around_.size() + line.size() > kMostAroundRaw) is_bad_ = true;
    if (!is_bad_) around_ += line;
    if (newline == bytes.npos) return bytes.size();
    if (auto ended = end_line(); !ended) return ended.error();
    return newline + 1;
  }

  Result<std::size_t> take_raw(std::string_view bytes) {
    const auto end = bytes.find_first_of("\"\n");
    const auto text = bytes.substr(0, end);
    base64_ += text;
    const bool is_last = end != bytes.npos;
    if (is_last || base64_.size() >= kJsonPiece) {
      const auto whole = is_last ? base64_.size() : base64_.size() / 4 * 4;
      const auto decoded = base64_decode(std::string_view(base64_).substr(0, whole));
      base64_.erase(0, whole);
      if (!decoded) is_bad_ = true;
      if (decoded) {
        if (auto added = content_.append(*decoded); !added) return added.error();
      }
    }
    if (!is_last) return bytes.size();
    in_raw_ = false;
    if (bytes[end] == '\n') {
      is_bad_ = true;
      return end;  // the line ends as any other
    }
    around_ += '"';
    return end + 1;
  }

  Status end_line() {
    ++line_;
    FoundMessage found;
    found.where = fmt::format("{}#{}", path_, line_);
    // Nothing that is read lies deeper; what does would cost a hundred times its bytes.
    const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= 3; };
    const auto object = is_bad_ ? json() : json::parse(around_, shallow, false);
    const bool is_empty = around_.find_first_not_of(" \t\r") == around_.npos && !is_bad_;
    bool has_content = std::exchange(has_raw_, false);
    // A program that writes JSON with spaces in between.
    if (!has_content && object.is_object() && object.contains("raw") && object["raw"].is_string()) {
      const auto decoded = base64_decode(object["raw"].get_ref<const std::string&>());
      has_content = decoded.has_value();
      if (auto added = content_.append(decoded.value_or("")); !added) return added;
    }
    auto content = std::exchange(content_, BlobWriter()).finish();
    if (!content) return content.error();
    found.content = *std::move(content);
    is_bad_ = in_raw_ = false;
    around_.clear();
    base64_.clear();
    if (is_empty) return {};
    if (!object.is_object() || (!has_content && !object.contains("complete"))) {
      done_ = !sink_(Error{Code::usage, fmt::format("reading {}: the line is none of export's", found.where), ""});
      return {};
    }
    found_any_ = true;
    if (!has_content) return {};  // the record at the end
    take_fields(object, found);
    done_ = !sink_(std::move(found));
    return {};
  }

  std::string path_;
  const FoundSink& sink_;
  std::string around_;  // the line without what is in "raw"
  std::string base64_;  // not decoded yet
  BlobWriter content_;
  bool has_raw_ = false, in_raw_ = false, is_bad_ = false, done_ = false, found_any_ = false;
  std::uint64_t line_ = 0;
};

}  // namespace

Status read_json_lines(const std::string& path, const FoundSink& sink) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return Error{errno == ENOENT ? Code::not_found : Code::store,
                 fmt::format("reading {}: {}", path, std::generic_category().message(errno)), ""};
  }
  LineReader reader(path, sink);
  std::string buffer(kJsonPiece, '\0');
  for (;;) {
    const auto count = read_some(file.get(), buffer);
    if (count < 0) return Error{Code::store, fmt::format("reading {}: it cannot be read", path), ""};
    if (count == 0) return reader.finish();
    auto goes_on = reader.feed(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return {};
  }
}

}  // namespace mailmgr
