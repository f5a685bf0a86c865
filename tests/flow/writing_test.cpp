#include "core/flow/writing.h"

#include "tests/flow/sending_world.h"

using namespace mailmgr;

namespace {

struct WritingWorld {
  test::SendingMailbox world{ProviderKind::google};
  TemplateStore& templates = world.store->templates();
  SignatureWorld signatures{world.store->signatures(), world.store->signature_defaults()};
  AliasStore& aliases = world.store->aliases();
  AccountRecord account = world.request.account;
  Time now = world.box.clock.now();

  Status save(const std::string& name, MailTemplate content) {
    return save_template(name, std::move(content), now, templates);
  }
  Status sign(const std::string& name, Signature content) {
    return save_signature({name, std::move(content), std::nullopt, now}, signatures.signatures);
  }
  SenderIdentity sender(const std::string& email) const { return {account, {"", email}}; }
  // The text of the signature that is chosen, "-" for none.
  std::string chosen(const std::string& email, const std::string& wish = "") {
    const auto signature = choose_signature(sender(email), wish, signatures).value();
    return signature ? signature_text(*signature) : "-";
  }
};

bool contains_text(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(WritingWorld, "a template fills subject, text and HTML, and values are data in each") {
  REQUIRE(save("shipped", {"Order {{id}}", "Dear {{name}}", "<p>Dear {{name}}</p>"}));
  Draft draft;
  REQUIRE(apply_template("shipped", {{"id", "7"}, {"name", "<b>{{id}}</b>"}}, templates, draft));
  CHECK(draft.subject == "Order 7");
  CHECK(draft.text == "Dear <b>{{id}}</b>");
  CHECK(draft.html == "<p>Dear &lt;b&gt;{{id}}&lt;/b&gt;</p>");
}

TEST_CASE_FIXTURE(WritingWorld, "a missing value, a value without use and a text beside the template are mistakes") {
  REQUIRE(save("shipped", {"Order {{id}}", "Dear {{name}}", std::nullopt}));
  Draft draft;
  const auto missing = apply_template("shipped", {{"id", "7"}}, templates, draft);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::usage);
  CHECK(missing.error().message == "filling the template shipped: no value for 'name' (text, line 1, column 6)");
  const auto unused = apply_template("shipped", {{"id", "7"}, {"name", "x"}, {"nmae", "x"}}, templates, draft);
  REQUIRE_FALSE(unused);
  CHECK(unused.error().code == Code::usage);
  CHECK(contains_text(unused.error().message, "nmae"));
  CHECK_FALSE(draft.text);  // nothing was done
  CHECK(draft.subject.empty());
  const auto named = find_template("shipped", templates).value();
  CHECK(fill_draft(named, {{"id", "7"}, {"name", "x"}, {"column", "x"}}, UnusedValues::ignore, draft));
  CHECK(fill_draft(named, {{"id", "7"}, {"name", "x"}}, UnusedValues::refuse, draft).error().code == Code::usage);
}

TEST_CASE_FIXTURE(WritingWorld, "a subject that was given stays, and the template's asks for nothing then") {
  REQUIRE(save("shipped", {"Order {{id}}", "Dear {{name}}", std::nullopt}));
  for (const TemplateValues& values : {TemplateValues{{"name", "Ada"}}, TemplateValues{{"name", "Ada"}, {"id", "7"}}}) {
    Draft draft;
    draft.subject = "Mine";
    REQUIRE(apply_template("shipped", values, templates, draft));
    CHECK(draft.subject == "Mine");
    CHECK(draft.text == "Dear Ada");
  }
}

TEST_CASE_FIXTURE(WritingWorld, "only what can be filled and shown is saved, under a name that can be typed") {
  CHECK(save("t", {"s", "Dear {{name", std::nullopt}).error().code == Code::usage);
  CHECK(save("t", {"s", std::nullopt, std::nullopt}).error().code == Code::usage);
  CHECK(save("t", {"s", "\xff", std::nullopt}).error().code == Code::usage);
  CHECK(save("t", {"s", std::string((std::size_t{1} << 20) + 1, 'x'), std::nullopt}).error().code == Code::usage);
  for (const auto& name : {std::string(), std::string("a\nb"), std::string(101, 'x'), std::string("\xff")}) {
    CHECK(save(name, {"s", "x", std::nullopt}).error().code == Code::usage);
    CHECK(sign(name, {"x", std::nullopt}).error().code == Code::usage);
  }
  CHECK(sign("none", {"x", std::nullopt}).error().code == Code::usage);
  CHECK(sign("s", {" \n", std::nullopt}).error().code == Code::usage);
  CHECK(sign("s", {std::nullopt, "<script>x</script>"}).error().code == Code::usage);
  CHECK(sign("s", {std::nullopt, "<img src=\"https://example.org/logo.png\">"}));
  CHECK(templates.list().value().empty());
  const auto unknown = find_template("t", templates).error();
  CHECK(unknown.code == Code::not_found);
  CHECK(find_signature("t", signatures.signatures).error().message == "no signature \"t\"; there are: s");
}

TEST_CASE("variables are name=value, each once, and the value may hold anything") {
  const auto values = read_variables({"a=1=2", "b=", "first-name=Ada"}).value();
  CHECK(values.at("a") == "1=2");
  CHECK(values.at("b").empty());
  CHECK(values.at("first-name") == "Ada");
  for (const auto& words : {std::vector<std::string>{"a"}, {"=x"}, {"a b=x"}, {"a=1", "a=2"}}) {
    CHECK(read_variables(words).error().code == Code::usage);
  }
}

TEST_CASE_FIXTURE(WritingWorld,
                  "the signature is the one that was wished for, else the address's, else the account's") {
  REQUIRE(sign("account's", {"Account", std::nullopt}));
  REQUIRE(sign("sales'", {"Sales", std::nullopt}));
  CHECK(chosen(account.email) == "-");
  const std::vector<Alias> known{{account.id, "sales@example.org"}, {account.id, "quiet@example.org"}};
  REQUIRE(set_default_signature(account, "", "account's", known, signatures));
  REQUIRE(set_default_signature(account, "SALES@example.org", "sales'", known, signatures));
  REQUIRE(set_default_signature(account, "quiet@example.org", "none", known, signatures));
  CHECK(chosen(account.email) == "Account");
  CHECK(chosen("Sales@Example.org") == "Sales");
  CHECK(chosen("quiet@example.org") == "-");
  CHECK(chosen(account.email, "sales'") == "Sales");
  CHECK(chosen(account.email, "none") == "-");
  CHECK(choose_signature(sender(account.email), "nobody's", signatures).error().code == Code::not_found);
  REQUIRE(set_default_signature(account, "sales@example.org", "", known, signatures));
  CHECK(chosen("sales@example.org") == "Account");
  CHECK(set_default_signature(account, "other@example.org", "none", known, signatures).error().code == Code::refused);
  CHECK(set_default_signature(account, "", "nobody's", known, signatures).error().code == Code::not_found);
  auto stranger = sender("sales@example.org");
  stranger.account.id = AccountId(2);
  CHECK_FALSE(choose_signature(stranger, "", signatures).value());

  Draft draft;
  draft.text = "Hello";
  REQUIRE(apply_signature(sender(account.email), "", signatures, draft));
  CHECK(draft.text == "Hello\n-- \nAccount\n");
}

TEST_CASE_FIXTURE(
    WritingWorld,
    "Gmail's signatures are imported tamed, each the default of its address, and again when they change") {
  const auto identities = world.box.spec.identities(world.box.deps());
  world.box.control(
      "add_send_as",
      R"({"email":"a@gmail.test","signature":"<b>Ada</b><script>steal()</script><img src=x onerror=y>"})");
  world.box.control("add_send_as", R"({"email":"sales@example.org","signature":"<i>Sales</i>"})");
  world.box.control("add_send_as", R"({"email":"bare@example.org"})");
  REQUIRE(sign("mine", {"Mine", std::nullopt}));
  const std::vector<Alias> known{{account.id, "sales@example.org"}};
  REQUIRE(set_default_signature(account, "sales@example.org", "mine", known, signatures));
  const auto import = [&] {
    return import_signatures(account, world.box.spec, *identities, now, signatures, {}).value();
  };
  const auto imported = import();
  REQUIRE(imported.size() == 2);
  for (const auto& one : imported) CHECK(one.outcome);
  const auto html = *find_signature("a@gmail.test", signatures.signatures).value().content.html;
  CHECK(contains_text(html, "<b>Ada</b>"));
  CHECK_FALSE(contains_text(html, "script"));
  CHECK_FALSE(contains_text(html, "onerror"));
  CHECK(chosen("a@gmail.test") == "Ada");
  CHECK(chosen("sales@example.org") == "Mine");  // a choice is kept

  world.box.control("add_send_as", R"({"email":"a@gmail.test","signature":"Ada Berg"})");
  CHECK(import().size() == 2);
  CHECK(chosen("a@gmail.test") == "Ada Berg");
}

TEST_CASE_FIXTURE(WritingWorld,
                  "an import does not write over a signature of one's own, and Microsoft has none to give") {
  const auto identities = world.box.spec.identities(world.box.deps());
  world.box.control("add_send_as", R"({"email":"a@gmail.test","signature":"Theirs"})");
  REQUIRE(sign("a@gmail.test", {"Mine", std::nullopt}));
  const auto imported = import_signatures(account, world.box.spec, *identities, now, signatures, {}).value();
  REQUIRE(imported.size() == 1);
  CHECK(imported[0].outcome.error().code == Code::usage);
  CHECK(signature_text(find_signature("a@gmail.test", signatures.signatures).value().content) == "Mine");
  const auto microsoft =
      import_signatures(account, provider_spec(ProviderKind::microsoft), *identities, now, signatures, {});
  REQUIRE_FALSE(microsoft);
  CHECK(microsoft.error().code == Code::refused);
}
