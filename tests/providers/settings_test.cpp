// Filters and the automatic answer: what every provider promises (core/ports/mailbox_settings.h), held against the
// sandbox, and what is made of hostile answers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/ports/mailbox_settings.h"
#include "providers/google/google_settings_wire.h"
#include "providers/microsoft/microsoft_settings_wire.h"
#include "tests/providers/settings_box.h"

using namespace mailmgr;

namespace {

constexpr std::uint64_t kFilteredMegabyte = std::uint64_t{1} << 20;

// What both providers can do.
MailFilter common_filter(const Folder& label) {
  MailFilter filter;
  filter.when.from = {"news@example.org"};
  filter.when.to = {"me@example.org"};
  filter.when.subject = {"weekly report"};
  filter.when.has = {"\"read this\""};
  filter.when.not_has = {"urgent"};
  filter.when.has_attachment = true;
  filter.when.larger = 5 * kFilteredMegabyte;
  filter.then.labels = {label};
  filter.then.archive = true;
  filter.then.read = true;
  filter.then.important = true;
  return filter;
}

void check_refused(const FilterSettings& filters, const MailFilter& filter, const std::string& word) {
  CAPTURE(word);
  const auto checked = filters.check(filter);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::refused);
  CHECK_MESSAGE(checked.error().message.find(word) != std::string::npos, checked.error().message);
}

}  // namespace

TEST_CASE("a filter of common words is kept by both providers and comes back as it was said") {
  for (const auto kind : kSettingsKinds) {
    CAPTURE(to_string(kind));
    SettingsBox box(kind);
    const auto filters = box.filters();
    CHECK(filters->list({}).value().empty());
    const auto wanted = common_filter(box.label("News"));
    REQUIRE(filters->check(wanted));
    const auto made = filters->add(wanted, {});
    REQUIRE_MESSAGE(made, made.error().message);
    CHECK_FALSE(made->id.empty());
    const auto listed = filters->list({}).value();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == made->id);
    for (const auto* filter : {&*made, &listed[0]}) {
      CHECK(filter->when == wanted.when);
      CHECK(filter->other.empty());
      CHECK(filter->enabled);
      REQUIRE(filter->then.labels.size() == 1);
      CHECK(filter->then.labels[0].id == wanted.then.labels[0].id);
      CHECK(filter->then.read);
      CHECK(filter->then.important == true);
      CHECK((filter->then.archive || filter->then.move.has_value()));  // Outlook's archive is a folder
    }
    REQUIRE(filters->remove(made->id, {}));
    CHECK(filters->list({}).value().empty());
    CHECK(exit_class(filters->remove(made->id, {}).error().code).code == Code::not_found);
  }
}

TEST_CASE("a filter moves mail into a folder, or under a label out of the inbox") {
  for (const auto kind : kSettingsKinds) {
    CAPTURE(to_string(kind));
    SettingsBox box(kind);
    MailFilter filter;
    filter.when.from = {"ada"};
    filter.then.move = box.folder("Projects");
    const auto made = box.filters()->add(filter, {});
    REQUIRE_MESSAGE(made, made.error().message);
    if (kind == ProviderKind::google) {
      CHECK(made->then.archive);
      CHECK(made->then.labels.at(0).id == filter.then.move->id);
    } else {
      CHECK(made->then.move->id == filter.then.move->id);
      CHECK(made->name == "from:ada");  // a rule is called by what it looks for
      CHECK(made->order == 1);
      CHECK(box.filters()->add(filter, {})->order == 2);
    }
  }
}

TEST_CASE("a filter whose answer was lost is found by all that it says; of one that is not there nobody says that") {
  for (const auto kind : kSettingsKinds) {
    CAPTURE(to_string(kind));
    SettingsBox box(kind);
    const auto filters = box.filters();
    MailFilter moving;
    moving.when.from = {"ada@example.org"};
    moving.when.smaller = 3 * kFilteredMegabyte;
    moving.then.move = box.folder("Projects");
    const auto adding_fails = [&](const std::string& action) {
      box.box.control_all(
          "/_sandbox/faults",
          R"({"match":{"method":"POST","path":"filters|messageRules"},"times":1,"action":)" + action + "}");
    };
    const auto count = [&] { return filters->list({}).value().size(); };
    const auto check_unclear = [&](const MailFilter& filter) {
      const auto before = count();
      adding_fails(R"("reset_before")");
      const auto unclear = filters->add(filter, {});
      REQUIRE_FALSE(unclear);
      CHECK(unclear.error().code == Code::partial);
      CHECK(unclear.error().hint.find("mailmgr filter list") == 0);
      CHECK(count() == before);
    };
    const auto check_found = [&](const MailFilter& filter) {
      const auto before = count();
      adding_fails(R"("reset_after")");
      const auto made = filters->add(filter, {});
      REQUIRE_MESSAGE(made, made.error().message);
      CHECK(made->when == filter.when);
      CHECK(count() == before + 1);
      return made->id;
    };
    std::set<std::string> ids;
    for (const auto& filter : {common_filter(box.label("News")), moving}) {
      check_unclear(filter);
      ids.insert(check_found(filter));
      if (kind == ProviderKind::google) continue;  // which keeps no two that do the same
      // An old one that says the same is not the new one.
      check_unclear(filter);
      ids.insert(check_found(filter));
    }
    CHECK(ids.size() == count());
    moving.when.subject = {"other"};
    adding_fails(R"("truncate")");
    CHECK(filters->add(moving, {}));
    adding_fails(R"({"status":429,"headers":{"Retry-After":"7200"}})");
    moving.when.subject = {"another"};
    CHECK(exit_class(filters->add(moving, {}).error().code).code == Code::try_later);
    // Interrupted before anybody has looked.
    box.box.remove_faults();
    adding_fails(R"("reset_after")");
    moving.when.subject = {"one more"};
    std::stop_source person;
    box.box.http.after_requests([&] {
      if (box.box.http.requests().back().starts_with("POST ")) person.request_stop();
    });
    const auto ended = filters->add(moving, Stop(person.get_token()));
    box.box.http.after_requests(nullptr);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == Code::interrupted);
    CHECK(ended.error().hint.find("mailmgr filter list") == 0);
  }
}

TEST_CASE("Gmail's filters refuse what they cannot do, by the word it was asked for with, and nothing is asked") {
  SettingsBox box(ProviderKind::google);
  const auto filters = box.filters();
  MailFilter basic;
  basic.when.from = {"ada"};
  basic.then.read = true;
  REQUIRE(filters->check(basic));
  const auto with = [&](const auto& change) {
    MailFilter filter = basic;
    change(filter);
    return filter;
  };
  const Folder label{FolderId("Label_1"), Folder::Kind::label, Role::none, "a"};
  const Folder sent{FolderId("SENT"), Folder::Kind::folder, Role::sent, "SENT"};
  box.box.http.forget_requests();
  check_refused(*filters, with([](auto& f) { f.name = "x"; }), "--name");
  check_refused(*filters, with([](auto& f) { f.order = 3; }), "--order");
  check_refused(*filters, with([](auto& f) { f.enabled = false; }), "--disabled");
  check_refused(*filters, with([](auto& f) { f.when.from = {"a", "b"}; }), "--from");
  check_refused(*filters, with([](auto& f) { f.when.larger = 1, f.when.smaller = 2; }), "--larger");
  check_refused(*filters, with([](auto& f) { f.then.erase = true; }), "--delete");
  check_refused(*filters, with([](auto& f) { f.then.stop = true; }), "--stop");
  check_refused(*filters, with([](auto& f) { f.then.forward = {"a@b.test", "c@d.test"}; }), "one address");
  check_refused(*filters, with([&](auto& f) { f.then.labels = {label, label}; }), "--label");
  check_refused(*filters, with([&](auto& f) { f.then.move = sent; }), "sent");
  CHECK(filters->add(with([](auto& f) { f.then.stop = true; }), {}).error().code == Code::refused);
  CHECK(box.box.http.requests().empty());
}

TEST_CASE("Outlook's rules refuse what they cannot do, by the word it was asked for with, and nothing is asked") {
  SettingsBox box(ProviderKind::microsoft);
  const auto filters = box.filters();
  MailFilter basic;
  basic.when.from = {"ada", "bob"};
  basic.then.stop = true;
  REQUIRE(filters->check(basic));
  const auto with = [&](const auto& change) {
    MailFilter filter = basic;
    change(filter);
    return filter;
  };
  box.box.http.forget_requests();
  for (const auto* query : {"from:ada", "two words", "-not", "a\"b", "(x)", "\"a\"b\""}) {
    CAPTURE(query);
    check_refused(*filters, with([&](auto& f) { f.when.has = {query}; }), "--has");
    check_refused(*filters, with([&](auto& f) { f.when.not_has = {query}; }), "--not-has");
  }
  check_refused(*filters, with([](auto& f) { f.when.larger = 1500; }), "--larger");
  check_refused(*filters, with([](auto& f) { f.when.smaller = 1; }), "--smaller");
  check_refused(*filters, with([](auto& f) { f.then.starred = true; }), "--starred");
  check_refused(*filters, with([](auto& f) { f.then.not_spam = true; }), "--not-spam");
  check_refused(*filters, with([](auto& f) { f.then.important = false; }), "--not-important");
  CHECK(filters->add(with([](auto& f) { f.then.starred = true; }), {}).error().code == Code::refused);
  CHECK(box.box.http.requests().empty());
}

TEST_CASE("mail is passed on only to an address that Gmail has confirmed; the refusal says where that is done") {
  SettingsBox box(ProviderKind::google);
  MailFilter filter;
  filter.when.from = {"ada"};
  filter.then.forward = {"desk@example.org"};
  box.box.control("add_forwarding_address", R"({"email":"desk@example.org","pending":true})");
  const auto refused = box.filters()->add(filter, {});
  REQUIRE_FALSE(refused);
  CHECK(exit_class(refused.error().code).code == Code::refused);
  CHECK(refused.error().hint.find("add desk@example.org") != std::string::npos);
  box.box.control("add_forwarding_address", R"({"email":"desk@example.org"})");
  CHECK(box.filters()->add(filter, {})->then.forward == filter.then.forward);
  const auto again = box.filters()->add(filter, {});
  REQUIRE_FALSE(again);
  CHECK(again.error().hint == "mailmgr filter list");
}

TEST_CASE("a login without the settings' scope may not change them") {
  for (const auto kind : kSettingsKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);  // full access, but no --with settings
    MailFilter filter;
    filter.when.from = {"ada"};
    filter.then.read = true;
    const auto refused = box.spec.filters(box.deps())->add(filter, {});
    REQUIRE_FALSE(refused);
    const auto code = exit_class(refused.error().code).code;
    CHECK((code == Code::auth_required || code == Code::refused));
    // Google lets every login that reads mail read the settings, Microsoft does not: as settings_scopes says.
    const auto& scopes = box.spec.settings_scopes;
    bool may_read = false;
    for (const auto& scope : box.spec.scopes(AccessLevel::full, {})) {
      may_read = may_read || std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
    }
    CHECK(bool(box.spec.filters(box.deps())->list({})) == may_read);
    CHECK(bool(box.spec.vacation(box.deps())->show({})) == may_read);
  }
}

TEST_CASE("the automatic answer is set, shown as it was set, and switched off with its texts kept") {
  for (const auto kind : kSettingsKinds) {
    CAPTURE(to_string(kind));
    SettingsBox box(kind);
    const auto vacation = box.vacation();
    CHECK(vacation->show({})->state == AwayState::off);
    Vacation wanted;
    wanted.state = AwayState::scheduled;
    wanted.from = box.box.clock.now() + std::chrono::hours(1);
    wanted.until = box.box.clock.now() + std::chrono::hours(48);
    wanted.body.text = "I am away.\nBack <soon>.";
    wanted.external = Outsiders::none;
    REQUIRE(vacation->check(wanted));
    REQUIRE(vacation->set(wanted, {}));
    auto shown = vacation->show({}).value();
    CHECK(shown.state == AwayState::scheduled);
    CHECK(shown.from == wanted.from);
    CHECK(shown.until == wanted.until);
    CHECK(shown.external == Outsiders::none);
    CHECK_FALSE(shown.external_body);
    if (kind == ProviderKind::google) CHECK(shown.body.text == wanted.body.text);
    if (kind == ProviderKind::microsoft) CHECK(shown.body.html.find("Back &lt;soon&gt;.") != std::string::npos);
    CHECK_FALSE(shown.active(box.box.clock.now()));
    CHECK(shown.active(*wanted.from));
    CHECK_FALSE(shown.active(*wanted.until));

    shown.state = AwayState::off;
    const auto off = vacation->set(shown, {});
    REQUIRE(off);
    CHECK(off->state == AwayState::off);
    CHECK_FALSE(off->active(*wanted.from));
    CHECK_FALSE(off->body.empty());
  }
}

TEST_CASE("what an automatic answer cannot be at a provider is refused by its word, and nothing is asked") {
  const auto refused = [](ProviderKind kind, const auto& change, const std::string& word) {
    CAPTURE(word);
    SettingsBox box(kind);
    Vacation vacation;
    vacation.state = AwayState::on;
    vacation.body.text = "Away";
    change(vacation);
    const auto set = box.vacation()->set(vacation, {});
    REQUIRE_FALSE(set);
    CHECK(set.error().code == Code::refused);
    CHECK(set.error().message.find(word) != std::string::npos);
    CHECK(box.box.http.requests().empty());
  };
  using V = Vacation;
  refused(
      ProviderKind::google, [](V& v) { v.external = Outsiders::contacts; }, "--external contacts");
  refused(
      ProviderKind::google,
      [](V& v) {
        v.external_body = AwayMessage{"x", ""};
      },
      "--external-body");
  refused(
      ProviderKind::microsoft, [](V& v) { v.subject = "Away"; }, "--subject");
  refused(
      ProviderKind::microsoft, [](V& v) { v.contacts_only = true; }, "--contacts-only");
  refused(
      ProviderKind::microsoft, [](V& v) { v.state = AwayState::scheduled, v.from = Time{}; }, "must end");
}

TEST_CASE("what a filter holds beyond our words is kept as it came, long texts too, and nothing else is") {
  const std::string long_text(2000, 'x');
  const auto gmail = google::read_filters(
      R"({"filter":[null,{"id":""},{"id":"f1","criteria":{"from":"a","excludeChats":true,"size":0,)"
      R"("sizeComparison":"unspecified","query":null},"action":{"addLabelIds":["CATEGORY_SOCIAL","Label_7",5],)"
      R"("removeLabelIds":["INBOX","SENT"],"forward":""},"shiny":{"deep":[")" +
      long_text + R"("]}}]})");
  REQUIRE(gmail->size() == 1);
  const auto& filter = gmail->front();
  CHECK(filter.when.from == std::vector<std::string>{"a"});
  CHECK(filter.then.archive);
  CHECK(filter.then.labels.at(0).id.value == "Label_7");
  using Other = std::vector<std::pair<std::string, std::string>>;
  CHECK(filter.other == Other{{"criteria.excludeChats", "true"},
                              {"action.addLabelIds", R"(["CATEGORY_SOCIAL"])"},
                              {"action.removeLabelIds", R"(["SENT"])"},
                              {"shiny", R"({"deep":[")" + long_text + R"("]})"}});

  const auto graph = microsoft::read_rules(
      R"({"value":[7,{"id":"r1","displayName":"n","sequence":3,"isEnabled":false,"hasError":true,"isReadOnly":true,)"
      R"("conditions":{"senderContains":["ada"],"fromAddresses":[{"emailAddress":{"address":"b@example.org"}}],)"
      R"("bodyContains":["secret"],"sentToMe":true,"isSigned":false,"importance":null,"categories":[],)"
      R"("bodyOrSubjectContains":["two words","one"],"withinSizeRange":{"minimumSize":2,"maximumSize":0}},)"
      R"("actions":{"moveToFolder":"F","markImportance":"low","forwardTo":[{"emailAddress":{"address":"x@y.test"}}]},)"
      R"("exceptions":{"bodyOrSubjectContains":["no"],"subjectContains":["never"]}}]})");
  REQUIRE(graph->rules.size() == 1);
  const auto& rule = graph->rules.front();
  CHECK(rule.order == 3);
  CHECK_FALSE(rule.enabled);
  CHECK(rule.broken);
  CHECK(rule.read_only);
  CHECK(rule.when.from == std::vector<std::string>{"ada"});
  CHECK(rule.when.has == std::vector<std::string>{"\"two words\"", "one"});
  CHECK(rule.when.not_has == std::vector<std::string>{"no"});
  CHECK(rule.when.larger == 2048);
  CHECK_FALSE(rule.when.smaller);
  CHECK(rule.then.move->id.value == "F");
  std::vector<std::string> names;
  for (const auto& [name, value] : rule.other) names.push_back(name);
  CHECK(names == std::vector<std::string>{"conditions.bodyContains", "conditions.fromAddresses", "conditions.sentToMe",
                                          "actions.forwardTo", "actions.markImportance", "exceptions.subjectContains"});
  CHECK(google::read_filters("[]").error().code == Code::try_later);
  CHECK(microsoft::read_rules("{}").error().code == Code::try_later);
  CHECK(google::read_filters("{}")->empty());
}

TEST_CASE("times of an automatic answer in a zone that cannot be reckoned with are not guessed") {
  const auto read = [](const std::string& zone) {
    return microsoft::read_replies(
               R"({"automaticRepliesSetting":{"status":"scheduled","externalAudience":"contactsOnly",)"
               R"("internalReplyMessage":"<b>in</b>","externalReplyMessage":"out",)"
               R"("scheduledStartDateTime":{"dateTime":"2026-03-14T07:00:00.0000000","timeZone":")" +
               zone + R"("},"scheduledEndDateTime":null}})")
        .value();
  };
  CHECK(to_rfc3339(*read("UTC").from) == "2026-03-14T07:00:00Z");
  CHECK_FALSE(read("Pacific Standard Time").from);
  CHECK_FALSE(read("UTC").until);
  CHECK(read("UTC").external_body->html == "out");
  CHECK(read("UTC").external == Outsiders::contacts);
  CHECK(microsoft::read_replies(R"({"automaticRepliesSetting":3})").error().code == Code::try_later);
}

TEST_CASE("conditions are written as our search language would have them") {
  FilterConditions when;
  when.from = {"ada@example.org", "Bob Example"};
  when.subject = {"a\"b"};
  when.has = {"\"two words\""};
  when.not_has = {"x OR y"};
  when.has_attachment = true;
  when.smaller = 10;
  CHECK(in_search_words(when) ==
        "(from:ada@example.org OR from:\"Bob Example\") subject:\"a'b\" \"two words\" -(x OR y) has:attachment "
        "smaller:10");
}
