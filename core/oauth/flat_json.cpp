#include "core/oauth/flat_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace mailmgr {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 64;

// Receives the parser's events. Returning false ends the parse; `complaint` then says why.
class Reader : public nlohmann::json_sax<Json> {
 public:
  std::map<std::string, JsonMember, std::less<>> members;
  std::string_view complaint;

  bool null() override { return value({}); }
  bool boolean(bool) override { return value({}); }
  bool number_integer(number_integer_t number) override { return integer(number, static_cast<double>(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    return integer(std::in_range<std::int64_t>(number) ? static_cast<std::int64_t>(number) : -1,
                   static_cast<double>(number));
  }
  bool number_float(number_float_t number, const string_t&) override {
    return value({JsonMember::Type::number, {}, number, {}});
  }
  bool string(string_t& text) override { return value({JsonMember::Type::text, std::move(text), 0, {}}); }
  bool binary(binary_t&) override { return refuse("not JSON"); }

  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) return refuse("a name occurs twice");
    if (names_.size() == 1) current_ = name;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return refuse("not JSON"); }

 private:
  bool refuse(std::string_view why) {
    if (complaint.empty()) complaint = why;
    return false;
  }

  bool open(bool object) {
    if (names_.empty() && !object) return refuse("not a JSON object");
    if (names_.size() >= kMaxDepth) return refuse("nested too deeply");
    if (names_.size() == 1) members[current_] = {};
    names_.emplace_back();
    return true;
  }

  bool close() {
    names_.pop_back();
    return true;
  }

  bool integer(std::int64_t whole, double number) {
    if (names_.size() == 2) members[current_].numbers.push_back(whole);
    return value({JsonMember::Type::number, {}, number, {}});
  }

  bool value(JsonMember member) {
    if (names_.empty()) return refuse("not a JSON object");
    if (names_.size() == 1) members[current_] = std::move(member);
    return true;
  }

  std::vector<std::set<std::string>> names_;  // per open object or array: the names seen in it
  std::string current_;                       // the top-level member being read
};

}  // namespace

Result<FlatJson> FlatJson::parse(std::string_view text) {
  Reader reader;
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) {
    const std::string_view why = reader.complaint.empty() ? "not JSON" : reader.complaint;
    return Error{Code::try_later, "the answer is unusable: " + std::string(why), ""};
  }
  FlatJson json;
  json.members_ = std::move(reader.members);
  return json;
}

std::vector<std::string_view> FlatJson::names() const {
  std::vector<std::string_view> result;
  for (const auto& [name, member] : members_) result.emplace_back(name);
  return result;
}

const JsonMember* FlatJson::find(std::string_view name) const {
  const auto found = members_.find(name);
  return found == members_.end() ? nullptr : &found->second;
}

std::string_view FlatJson::text(std::string_view name) const {
  const JsonMember* member = find(name);
  return member ? std::string_view(member->text) : std::string_view();
}

}  // namespace mailmgr
