#include <doctest/doctest.h>

#include <string>

#include "core/mail/compose.h"

using namespace mailmgr;

namespace {

std::string read(std::string_view text) {
  const auto addresses = parse_addresses(text);
  if (!addresses) return addresses.error().message;
  std::string out;
  for (const auto& address : *addresses) out += "[" + address.name + "|" + address.email + "]";
  return out;
}

bool refused(std::string_view text, std::string_view why) {
  const auto addresses = parse_addresses(text);
  if (addresses || addresses.error().code != Code::usage) return false;
  const bool said = addresses.error().message.find(why) != std::string::npos;
  if (!said) MESSAGE(addresses.error().message);
  return said;
}

}  // namespace

TEST_CASE("addresses are read in the forms that people write") {
  CHECK(read("ada@example.org") == "[|ada@example.org]");
  CHECK(read("  Ada Berg  <ada@example.org> ") == "[Ada Berg|ada@example.org]");
  CHECK(read("\"Berg, Ada\" <ada@example.org>, bob@example.org") == "[Berg, Ada|ada@example.org][|bob@example.org]");
  CHECK(read("\"a \\\"b\\\" c\" <a@b.example>") == "[a \"b\" c|a@b.example]");
  CHECK(read("ada@example.org (Ada)") == "[Ada|ada@example.org]");
  CHECK(read("Ada (work) <ada@example.org>") == "[Ada|ada@example.org]");
  CHECK(read("Team: a@example.org, \"B\" <b@example.org>;, c@example.org") ==
        "[|a@example.org][B|b@example.org][|c@example.org]");
  CHECK(read("Jürgen <j@example.org>") == "[Jürgen|j@example.org]");
  CHECK(read("a@example.org,,b@example.org,") == "[|a@example.org][|b@example.org]");
  CHECK(read("first.last+tag=x@sub.example.co.uk") == "[|first.last+tag=x@sub.example.co.uk]");
  CHECK(read("\"odd local\"@example.org") == "[|\"odd local\"@example.org]");
  CHECK(read("a@[192.0.2.1]") == "[|a@[192.0.2.1]]");
  CHECK(read("root@localhost") == "[|root@localhost]");
}

TEST_CASE("addresses that cannot be sent to are refused with the reason") {
  CHECK(refused("", "there is no address"));
  CHECK(refused(" , ", "there is no address"));
  CHECK(refused("ada", "no '@'"));
  CHECK(refused("Ada Berg", "no '@'"));
  CHECK(refused("@example.org", "nothing stands before '@'"));
  CHECK(refused("ada@", "nothing stands after '@'"));
  CHECK(refused("a b@example.org", "before '@' is not valid"));
  CHECK(refused("a..b@example.org", "before '@' is not valid"));
  CHECK(refused(".a@example.org", "before '@' is not valid"));
  CHECK(refused("ada@exa mple.org", "not a domain"));
  CHECK(refused("ada@example..org", "not a domain"));
  CHECK(refused("ada@-example.org", "not a domain"));
  CHECK(refused("ada@example.org bob@example.org", "not valid"));
  CHECK(refused("Ada <ada@example.org> Bob <bob@example.org>", "text after the address"));
  CHECK(refused("Ada <ada@example.org", "'<' is not closed"));
  CHECK(refused("\"Ada <ada@example.org>", "quotation mark is not closed"));
  CHECK(refused("ada@example.org (x", "comment is not closed"));
  CHECK(refused("Team: a@example.org", "group is not closed"));
  CHECK(refused("a@example.org; b@example.org", "';' outside a group"));
  CHECK(refused("größe@example.org", "before '@' has letters outside ASCII (SMTPUTF8)"));
  CHECK(refused("ada@größe.example", "xn--"));
  CHECK(refused("a\x01@example.org", "control character"));
  CHECK(refused("a@example.org\r\nBcc: b@example.org", "an unexpected ':'"));
  CHECK(refused(std::string(65, 'a') + "@example.org", "longer than 64"));
  CHECK(refused("\xFF@example.org", "UTF-8"));
}

TEST_CASE("an address is shown in a form that reads back the same") {
  const Address addresses[] = {{"", "a@example.org"},
                               {"Ada Berg", "a@example.org"},
                               {"Berg, Ada", "a@example.org"},
                               {"a \"b\" \\ c", "a@example.org"},
                               {"Jürgen (x) <y>", "a@example.org"},
                               {"dot. name", "a@example.org"},
                               {"two  spaces", "a@example.org"}};
  for (const auto& address : addresses) {
    const auto read = parse_addresses(to_string(address));
    REQUIRE(read);
    CHECK(*read == std::vector<Address>{address});
  }
  CHECK(to_string(Address{"Ada Berg", "a@example.org"}) == "Ada Berg <a@example.org>");
  CHECK(to_string(Address{"Berg, Ada", "a@example.org"}) == "\"Berg, Ada\" <a@example.org>");
}
