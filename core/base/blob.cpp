#include "core/base/blob.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/file_io.h"

namespace mailmgr {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

Error failed(std::string_view what, int error) {
  const char* hint = error == ENOSPC ? "free some space, or set TMPDIR to a folder with room" : "";
  return {Code::store, fmt::format("{}: {}", what, std::generic_category().message(error)), hint};
}

// A new file that has no name any more; 0600 whatever the umask (mkostemp).
Result<int> open_temporary() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/mailmgr-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return failed("making a temporary file " + path, errno);
  unlink(path.c_str());
  return fd;
}

Status append_to(int fd, std::string_view bytes) {
  return write_all(fd, bytes) ? Status() : failed("writing a temporary file", errno);
}

}  // namespace

// Either bytes or, once larger than the limit, a file.
struct Blob::Body {
  std::string bytes;
  Descriptor file;
  std::size_t file_size = 0;

  bool in_file() const { return static_cast<bool>(file); }
};

Blob::Blob(std::string bytes) {
  auto body = std::make_shared<Body>();
  body->bytes = std::move(bytes);
  body_ = std::move(body);
}

Result<Blob> Blob::read_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO nobody writes to must not hang; regular files ignore it.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file && (errno == ENOENT || errno == ENOTDIR)) {
    return Error{Code::not_found, fmt::format("reading {}: no such file", path), ""};
  }
  if (!file) return failed("reading " + path, errno);
  return read_open_file(file.get(), path);
}

Result<Blob> Blob::read_open_file(int file, const std::string& path) {
  struct stat status {};
  if (fstat(file, &status) != 0) return failed("reading " + path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{Code::usage, fmt::format("reading {}: not a regular file", path), ""};
  }
  BlobWriter writer;
  std::string buffer(kChunk, '\0');
  while (true) {
    const ssize_t count = read_some(file, buffer);
    if (count < 0) return failed("reading " + path, errno);
    if (count == 0) return std::move(writer).finish();
    const auto added = writer.append(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    if (!added) return added.error();
  }
}

std::size_t Blob::size() const {
  if (!body_) return 0;
  return body_->in_file() ? body_->file_size : body_->bytes.size();
}

Status Blob::each_chunk(const std::function<bool(std::string_view)>& sink) const {
  if (const std::string* bytes = in_memory()) {
    for (std::string_view rest = *bytes; !rest.empty(); rest.remove_prefix(std::min(kChunk, rest.size()))) {
      if (!sink(rest.substr(0, kChunk))) break;
    }
    return {};
  }
  std::string buffer(kChunk, '\0');
  std::size_t done = 0;
  while (done < body_->file_size) {
    const ssize_t count = pread(body_->file.get(), buffer.data(), buffer.size(), static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("reading a temporary file", errno);
    if (count == 0) return Error{Code::store, "reading a temporary file: it is shorter than what was written", ""};
    if (!sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)))) break;
    done += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::string> Blob::piece(std::size_t offset, std::size_t size) const {
  const auto whole = this->size();
  offset = std::min(offset, whole);
  size = std::min(size, whole - offset);
  if (const std::string* bytes = in_memory()) return bytes->substr(offset, size);
  std::string piece(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t count = pread(body_->file.get(), piece.data() + done, size - done, at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("reading a temporary file", errno);
    if (count == 0) return Error{Code::store, "reading a temporary file: it is shorter than what was written", ""};
    done += static_cast<std::size_t>(count);
  }
  return piece;
}

Result<std::string> Blob::bytes() const {
  if (const std::string* bytes = in_memory()) return *bytes;
  std::string all;
  all.reserve(size());
  const auto read = each_chunk([&all](std::string_view chunk) {
    all += chunk;
    return true;
  });
  if (!read) return read.error();
  return all;
}

const std::string* Blob::in_memory() const {
  static const std::string kEmpty;
  if (!body_) return &kEmpty;
  return body_->in_file() ? nullptr : &body_->bytes;
}

BlobWriter::BlobWriter() : body_(std::make_unique<Blob::Body>()) {}
BlobWriter::~BlobWriter() = default;
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;
BlobWriter& BlobWriter::operator=(BlobWriter&&) noexcept = default;

Status BlobWriter::append(std::string_view bytes) {
  if (!body_->in_file()) {
    if (body_->bytes.size() + bytes.size() <= Blob::kMemoryLimit) {
      body_->bytes += bytes;
      return {};
    }
    const auto fd = open_temporary();
    if (!fd) return fd.error();
    body_->file = Descriptor(*fd);
    if (auto moved = append_to(*fd, body_->bytes); !moved) return moved;
    body_->file_size = body_->bytes.size();
    body_->bytes = {};
  }
  if (auto written = append_to(body_->file.get(), bytes); !written) return written;
  body_->file_size += bytes.size();
  return {};
}

Result<Blob> BlobWriter::finish() && {
  Blob blob;
  blob.body_ = std::move(body_);
  return blob;
}

}  // namespace mailmgr
