#include "core/flow/local_recipients.h"

#include <doctest/doctest.h>

using namespace mailmgr;

namespace {

std::string found_emails(const std::vector<Address>& list) {
  std::string out;
  for (const auto& address : list) out += (out.empty() ? "" : " ") + address.email;
  return out;
}

Result<LocalRecipients> find_in(const std::string& aliases, std::vector<Address> given,
                                std::vector<Address> postmaster = {}) {
  const auto file = AliasFile::parse(aliases);
  return find_local_recipients(given, {file, std::move(postmaster)});
}

}  // namespace

TEST_CASE("names of this machine become who is meant, other addresses stay, each once") {
  const auto found =
      find_in("root: ada@x.example, op@x.example\nwww: root\n",
              {{"", "Root"}, {"B", "b@x.example"}, {"", "www@localhost"}, {"", "ADA@x.example"}, {"", "root@host"}})
          .value();
  CHECK(found_emails(found.recipients) == "ada@x.example op@x.example b@x.example");
  CHECK(found.names.size() == 3);
  CHECK(found_emails(found.names.at("www@localhost")) == "ada@x.example op@x.example");
  CHECK(found.names.contains("root"));
  CHECK(found.warnings.empty());
}

TEST_CASE("a name without an alias goes to the postmaster, and to nobody where there is none") {
  CHECK(found_emails(find_in("", {{"", "root"}}, {{"", "p@x.example"}})->recipients) == "p@x.example");
  const auto missing = find_in("", {{"", "root"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::not_found);
  CHECK(missing.error().hint.find("postmaster_to") != std::string::npos);
  CHECK(find_in("a: b\nb: a\n", {{"", "a"}}).error().code == Code::not_found);
}

TEST_CASE("programs, files and lists in aliases are passed over with a warning, and alone they are nobody") {
  const auto both =
      find_in("root: \"|/bin/sh -c x\", /var/mail/root, :include:/etc/list, ada@x.example\n", {{"", "root"}}).value();
  CHECK(found_emails(both.recipients) == "ada@x.example");
  CHECK(both.warnings.size() == 3);
  CHECK(find_in("root: |prog\n", {{"", "root"}}).error().code == Code::not_found);
  CHECK(found_emails(find_in("root: |prog\n", {{"", "root"}}, {{"", "p@x.example"}})->recipients) == "p@x.example");
}

TEST_CASE("mail for /dev/null is for nobody, and no error") {
  const auto none = find_in("noreply: /dev/null\n", {{"", "noreply"}}).value();
  CHECK(none.recipients.empty());
  CHECK(none.warnings.empty());
}

TEST_CASE("a postmaster who is a name of this machine is whom the aliases say, else nobody") {
  const std::vector<Address> postmaster{{"", "root@host"}};
  CHECK(found_emails(find_in("root: ada@x.example\n", {{"", "www"}}, postmaster)->recipients) == "ada@x.example");
  CHECK(find_in("", {{"", "www"}}, postmaster).error().code == Code::not_found);
}
