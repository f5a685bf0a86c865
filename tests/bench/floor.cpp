// What fetching a Gmail mailbox costs at least: the same listings and batches as a first sync, over the same two
// connections, with the bytes thrown away; or, with a folder, kept as a Maildir, so that other programs can index the
// same mail. Usage: floor URL TOKEN [MAILDIR]; prints messages, requests and bytes.
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/encoding.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatch = 50;
constexpr int kThreads = 2;

class Connection {
 public:
  Connection(const std::string& url, const std::string& token) : http_(url) {
    http_.set_keep_alive(true);
    http_.set_tcp_nodelay(true);
    http_.set_read_timeout(600);
    http_.set_bearer_token_auth(token);
  }

  // Gives the answer to `sink` in pieces.
  void send(httplib::Request request, const std::function<void(std::string_view)>& sink) {
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      sink({data, size});
      return true;
    };
    const auto answer = http_.send(request);
    if (!answer || answer->status != 200) {
      throw std::runtime_error(request.path + ": " + (answer ? std::to_string(answer->status) : "no answer"));
    }
  }

 private:
  httplib::Client http_;
};

std::vector<std::string> list(Connection& connection, std::size_t& requests) {
  std::vector<std::string> ids;
  std::string page;
  do {
    httplib::Request request;
    request.method = "GET";
    request.path = "/gmail/v1/users/me/messages?maxResults=500&includeSpamTrash=true" +
                   (page.empty() ? page : "&pageToken=" + mailmgr::percent_encode(page));
    std::string body;
    connection.send(std::move(request), [&](std::string_view piece) { body += piece; });
    const auto json = nlohmann::json::parse(body);
    for (const auto& message : json.value("messages", nlohmann::json::array())) ids.push_back(message.at("id"));
    page = json.value("nextPageToken", "");
    ++requests;
  } while (!page.empty());
  return ids;
}

httplib::Request batch(const std::vector<std::string>& ids, std::size_t first) {
  httplib::Request request;
  request.method = "POST";
  request.path = "/batch/gmail/v1";
  request.set_header("Content-Type", "multipart/mixed; boundary=b");
  for (std::size_t i = first; i < std::min(first + kBatch, ids.size()); ++i) {
    request.body += "--b\r\nContent-Type: application/http\r\nContent-ID: <" + std::to_string(i) +
                    ">\r\n\r\nGET /gmail/v1/users/me/messages/" + ids[i] +
                    "?format=raw&fields=id,threadId,labelIds,internalDate,raw&prettyPrint=false\r\n\r\n\r\n";
  }
  request.body += "--b--\r\n";
  return request;
}

// Writes the messages in a batch's answer to files named FIRST, FIRST + 1, ….
void save(const fs::path& maildir, std::string_view answer, std::size_t first) {
  constexpr std::string_view kKey = "\"raw\":\"";
  for (auto at = answer.find(kKey); at != answer.npos; at = answer.find(kKey, at)) {
    at += kKey.size();
    const auto bytes = mailmgr::base64_decode(answer.substr(at, answer.find('"', at) - at));
    if (!bytes) throw std::runtime_error("a message is not base64");
    std::ofstream file(maildir / "cur" / (std::to_string(first++) + ".bench:2,S"), std::ios::binary);
    file << *bytes;
    if (!file.flush()) throw std::runtime_error("writing " + maildir.string());
  }
}

int run(const std::string& url, const std::string& token, const std::optional<fs::path>& maildir) {
  if (maildir) {
    for (const auto* folder : {"cur", "new", "tmp"}) fs::create_directories(*maildir / folder);
  }
  std::size_t pages = 0;
  Connection connection(url, token);
  const auto ids = list(connection, pages);

  std::atomic<std::size_t> next = 0, bytes = 0, batches = 0;
  const auto work = [&] {
    Connection own(url, token);
    for (auto first = next.fetch_add(kBatch); first < ids.size(); first = next.fetch_add(kBatch)) {
      std::string kept;
      own.send(batch(ids, first), [&](std::string_view piece) {
        bytes += piece.size();
        if (maildir) kept += piece;
      });
      ++batches;
      if (maildir) save(*maildir, kept, first);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  }
  std::printf("%zu messages, %zu requests, %zu bytes\n", ids.size(), pages + batches, bytes.load());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: floor URL TOKEN [MAILDIR]\n");
    return 2;
  }
  try {
    return run(argv[1], argv[2], argc > 3 ? std::optional<fs::path>(argv[3]) : std::nullopt);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
