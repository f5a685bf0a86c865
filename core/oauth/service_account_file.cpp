#include "core/oauth/service_account_file.h"

#include <algorithm>

#include "core/oauth/flat_json.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxKeyFile = std::size_t{64} << 10;

Error bad_key_file(std::string_view why) {
  return {Code::usage, "reading the service account's key file: " + std::string(why),
          "Google Cloud console, IAM & Admin, Service Accounts, the account, Keys, Add key, Create new key: JSON"};
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What other files of the same console look like.
std::string_view seems_to_be(const FlatJson& json) {
  if (json.find("installed") || json.find("web")) return "it is an OAuth client (use --credentials), not a key";
  if (json.text("type") == "authorized_user") return "it holds a person's login, not a service account's key";
  if (json.text("type") == "external_account") return "it describes workload identity federation and holds no key";
  return "its type is not \"service_account\"";
}

}  // namespace

Result<ServiceAccountFile> read_service_account_file(std::string_view text) {
  const auto json =
      text.size() > kMaxKeyFile ? Result<FlatJson>(bad_key_file("it is too large")) : FlatJson::parse(text);
  if (!json) return bad_key_file("it is not a JSON object");
  if (json->text("type") != "service_account") return bad_key_file(seems_to_be(*json));
  const std::string client_id(json->text("client_id")), issuer(json->text("client_email"));
  const std::string key_id(json->text("private_key_id"));
  if (!is_number(client_id)) return bad_key_file("it holds no numeric client_id");
  if (!is_address(issuer)) return bad_key_file("it holds no client_email");
  if (key_id.empty()) return bad_key_file("it holds no private_key_id");
  auto key = SigningKey::read(Secret(json->text("private_key")), key_id);
  if (!key) return bad_key_file(key.error().message);
  return ServiceAccountFile{client_id, issuer, std::move(*key)};
}

}  // namespace mailmgr
