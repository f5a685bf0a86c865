#include "core/mail/template_text.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

MailTemplate text_only(std::string text) {
  return {"", std::move(text), std::nullopt};
}

std::string filled(const std::string& text, const TemplateValues& values) {
  const auto result = fill_template(text_only(text), values);
  REQUIRE_MESSAGE(result, result.error().message);
  return *result->content.text;
}

Error refusal_to_fill(const MailTemplate& pattern, const TemplateValues& values) {
  const auto result = fill_template(pattern, values);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::usage);
  return result.error();
}

}  // namespace

TEST_CASE("variables are filled in, blanks inside the braces or not") {
  CHECK(filled("Dear {{first-name}}, {{ order.id }} and {{\tA_1 }}{{A_1}}!",
               {{"first-name", "Ada"}, {"order.id", "7"}, {"A_1", "x"}}) == "Dear Ada, 7 and xx!");
  CHECK(filled("{{größe}}", {{"größe", "12"}}) == "12");
  CHECK(filled("no variables } }} {", {}) == "no variables } }} {");
  CHECK(filled("", {}).empty());
  CHECK(filled("{{a}}", {{"a", ""}}).empty());
}

TEST_CASE("attack 67: a value is data, whatever it looks like") {
  const TemplateValues values = {{"a", "{{b}}"}, {"b", "secret"}, {"c", "x\r\nBcc: eve@example.org\r\n"}};
  CHECK(filled("{{a}} {{b}}", values) == "{{b}} secret");
  CHECK(filled("{{c}}", values) == "x\r\nBcc: eve@example.org\r\n");
  // Two values must not make a variable together.
  CHECK(filled("{{a}}{{b}}", {{"a", "{"}, {"b", "{c}}"}, {"c", "no"}}) == "{{c}}");
  for (const std::string& bad : {std::string("x\r\nBcc: eve@example.org"), std::string("x\ny"), std::string("x\u2028y"),
                                 std::string("x\u0085y"), std::string("x\0y", 3)}) {
    const auto error = refusal_to_fill({"Hello {{name}}", "{{name}}", std::nullopt}, {{"name", bad}});
    CHECK(has(error.message, "the value of 'name' has a line break or a control character"));
    CHECK(has(error.message, "(subject, line 1, column 7)"));
  }
}

TEST_CASE("values are escaped in HTML and nowhere else") {
  const auto result =
      fill_template({"{{v}}", "{{v}}", "<b title=\"{{v}}\">{{v}}</b>"}, {{"v", "<a href='x'>&\"{{w}}"}});
  REQUIRE(result);
  const std::string escaped = "&lt;a href=&#39;x&#39;&gt;&amp;&quot;{{w}}";
  CHECK(result->content.subject == "<a href='x'>&\"{{w}}");
  CHECK(*result->content.text == "<a href='x'>&\"{{w}}");
  CHECK(*result->content.html == "<b title=\"" + escaped + "\">" + escaped + "</b>");
}

TEST_CASE("every variable without a value is named, with its place") {
  const auto error = refusal_to_fill({"Hi {{name}}", "äö {{name}}\n\n {{ city }}", "<p>{{street}}"}, {{"zip", "1"}});
  CHECK(error.message ==
        "no value for 'name' (subject, line 1, column 4), 'city' (text, line 3, column 2), "
        "'street' "
        "(HTML, line 1, column 4)");
  CHECK(error.hint == "--var name=VALUE --var city=VALUE --var street=VALUE");
  CHECK(has(refusal_to_fill(text_only("äö {{x}}"), {}).message, "column 4"));
  CHECK(has(refusal_to_fill(text_only("{{Name}}"), {{"name", "x"}}).message, "'Name'"));
}

TEST_CASE("values that no part asks for are told") {
  const auto result = fill_template({"{{a}}", std::nullopt, "{{b}}"}, {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}});
  REQUIRE(result);
  CHECK(result->unused == std::vector<std::string>{"c", "d"});
  CHECK_FALSE(result->content.text);
}

TEST_CASE("literal braces are written twice") {
  CHECK(filled("{{{{name}} {{name}}", {{"name", "x"}}) == "{{name}} x");
  CHECK(filled("a{{{{b", {}) == "a{{b");
  CHECK(filled("{{{{{{a}}", {{"a", "1"}}) == "{{1");
}

TEST_CASE("what begins like a variable and is none is refused with its place") {
  for (const auto* text : {"ok\n {{na me}}", "ok\n {{}}", "ok\n {{name", "ok\n {{a}b}}", "ok\n {{a\nb}}",
                           "ok\n {{{a}}}", "ok\n {{a,b}}"}) {
    CAPTURE(text);
    CHECK(has(refusal_to_fill(text_only(text), {{"a", "1"}}).message,
              "what begins at text, line 2, column 2 is no variable"));
    CHECK_FALSE(template_variables(text_only(text)));
  }
}

TEST_CASE("the variables of a template are listed once, in order") {
  const auto names = template_variables({"{{b}} {{a}}", "{{a}} {{ c }} {{{{x}}", "{{d}}{{b}}"});
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"b", "a", "c", "d"});
}

TEST_CASE("text that is not UTF-8 is refused") {
  CHECK(has(refusal_to_fill(text_only("{{a}}"), {{"a", "\xFF"}}).message, "the value of 'a' is not valid UTF-8"));
  CHECK(has(refusal_to_fill(text_only("\xFF"), {}).message, "its text is not valid UTF-8"));
}

TEST_CASE("names of variables are letters, digits, '_', '-' and '.'") {
  for (const auto* name : {"a", "A-1", "x_y.z", "straße", "名前"}) CHECK(is_variable_name(name));
  for (const auto* name : {"", "a b", "a{", "a=b", "a\n", "\xFF", "a\u2028"}) CHECK_FALSE(is_variable_name(name));
}
