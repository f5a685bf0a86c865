// A folder of its own for a test (0700), removed with everything in it at the end.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mailmgr {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  // Writes a file (0600) and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::string& path);  // "" where there is no such file

}  // namespace mailmgr
