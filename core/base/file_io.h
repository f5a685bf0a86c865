// Reading and writing whole pieces of files: what read(2) and write(2) leave to their callers.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace mailmgr {

// Writes all of it; false with errno set when that is not possible.
bool write_all(int fd, std::string_view bytes);

// Reads at most buffer.size() bytes; 0 at the end of the file, -1 with errno set.
ssize_t read_some(int fd, std::string& buffer);

}  // namespace mailmgr
