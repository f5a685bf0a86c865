// What is composed, read by a parser that shares nothing with ours: Python's email package. Whatever was asked for must
// be what it finds.
#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/encoding.h"
#include "tests/mail/mail_checks.h"
#include "tests/support/process.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Json = nlohmann::json;

// Reads N.eml in the folder given and prints one line of JSON for each.
constexpr const char* kReader = R"py(
import base64, email, email.policy, email.utils, glob, json, os, sys
from email.header import decode_header, make_header
def people(field):
    # The newer parser keeps blanks between the words of a long name, against RFC 2047 (gh-92081); the older does not.
    older = [[str(make_header(decode_header(name))), address]
             for name, address in email.utils.getaddresses([''.join(v.splitlines()) for v in legacy.get_all(field, [])])]
    newer = [a.addr_spec for a in message[field].addresses] if message[field] is not None else []
    assert [address for name, address in older] == newer, (older, newer)
    return older
def content(part):
    if part.get_content_type() == 'message/rfc822':
        return part.get_payload(0).as_bytes(policy=email.policy.SMTP.clone(refold_source='none'))
    return part.get_payload(decode=True)
def text(part):
    return part.get_content().replace('\r\n', '\n') if part else None
def leaf(part):
    return part.get_content_type() == 'message/rfc822' or not part.is_multipart()
def leaves(part):
    if leaf(part):
        return [part]
    return [x for child in part.get_payload() for x in leaves(child)]
for i in range(len(glob.glob(os.path.join(sys.argv[1], '*.eml')))):
    with open(os.path.join(sys.argv[1], '%d.eml' % i), 'rb') as file:
        raw = file.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    legacy = email.message_from_bytes(raw)
    plain, html = message.get_body(('plain',)), message.get_body(('html',))
    defects = [str(d) for part in message.walk() for d in part.defects]
    defects += [str(d) for name, value in message.items() for d in value.defects]
    print(json.dumps({
        'defects': defects,
        'subject': message['Subject'],
        'from': people('From'), 'to': people('To'), 'cc': people('Cc'),
        'note': message['X-Note'],
        'message_id': str(message['Message-ID']),
        'references': str(message['References'] or '').split(),
        'date': message['Date'].datetime.timestamp(),
        'text': text(plain),
        'html': text(html),
        'flowed': plain.get_param('format') if plain else None,
        'files': [{'name': p.get_filename(), 'type': p.get_content_type(), 'id': p['Content-ID'],
                   'inline': p.get_content_disposition() == 'inline',
                   'content': base64.b64encode(content(p)).decode()}
                  for p in leaves(message) if p.get_content_disposition()],
    }))
)py";

// The lines that Python printed for these messages.
std::vector<Json> read_by_python(const std::vector<Draft>& drafts) {
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < drafts.size(); ++i) folder.write(std::to_string(i) + ".eml", written(drafts[i]));
  const char* path = std::getenv("PATH");
  const char* home = std::getenv("HOME");
  const auto ended = run({{"/usr/bin/env", "python3", "-c", kReader, folder.path()},
                          {{"PATH", path ? path : "/usr/bin:/bin"}, {"HOME", home ? home : "/"}, {"PYTHONUTF8", "1"}},
                          "",
                          ""});
  REQUIRE_MESSAGE(ended.exit_code == 0, "python3 is needed for this test: " << ended.err);
  std::vector<Json> lines;
  for (std::size_t at = 0; at < ended.out.size();) {
    const auto end = ended.out.find('\n', at);
    lines.push_back(Json::parse(ended.out.substr(at, end - at)));
    at = end + 1;
  }
  REQUIRE(lines.size() == drafts.size());
  return lines;
}

Json people_as_json(const std::vector<Address>& list) {
  Json out = Json::array();
  for (const auto& address : list) out.push_back(Json::array({address.name, address.email}));
  return out;
}

std::string ending_with_line(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

// What was asked for, in the form of kReader.
Json expected(const Draft& draft) {
  Json json;
  json["defects"] = Json::array();
  json["subject"] = draft.subject;
  json["from"] = people_as_json({draft.from});
  json["to"] = people_as_json(draft.to);
  json["cc"] = people_as_json(draft.cc);
  json["note"] = draft.extra_headers.empty() ? Json() : Json(draft.extra_headers.front().second);
  json["message_id"] = draft.message_id;
  json["references"] = draft.references;
  json["date"] = static_cast<double>(to_unix_seconds(draft.date));
  json["text"] = ending_with_line(*draft.text);
  json["html"] = draft.html ? Json(ending_with_line(*draft.html)) : Json();
  json["flowed"] = draft.flowed ? Json("flowed") : Json();
  json["files"] = Json::array();
  for (const bool images : {true, false}) {
    for (const auto& file : draft.attachments) {
      const bool image = draft.html && !file.content_id.empty();
      if (image != images) continue;
      json["files"].push_back({{"name", file.name.empty() ? Json() : Json(file.name)},
                               {"type", file.type},
                               {"id", file.content_id.empty() ? Json() : Json("<" + file.content_id + ">")},
                               {"inline", image},
                               {"content", base64(*file.content.bytes())}});
    }
  }
  return json;
}

void check_with_python(const std::vector<Draft>& drafts) {
  const auto found = read_by_python(drafts);
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const auto wanted = expected(drafts[i]);
    CAPTURE(i);
    for (const auto& [key, value] : wanted.items())
      CHECK_MESSAGE(found[i].at(key) == value, key, " ", found[i].at(key).dump(), " ", value.dump());
  }
}

const std::string kTexts[] = {
    "plain",
    "Größe, Maße & Füße",
    "日本語の件名です",
    "🍜👩‍👩‍👧 emoji",
    "שלום עולם \u200Fמימין",
    "مرحبا بالعالم",
    "a very long line that has to be folded somewhere because it does not fit into seventy-eight columns, does it",
    "ein sehr langer Satz mit Umlauten, der gewiss nicht in eine Zeile passt: Größe, Süße, Grüße, Blöße, Öl, Übel und "
    "mehr",
    std::string(300, 'w'),
    std::string(2'000, 'v'),
    "=?utf-8?q?not_an_encoded_word?=",
    "quote \" backslash \\ comma, (paren) <angle> ; semicolon: colon @ at",
    "tab\there",
    "e\u0301 decomposed",
};

}  // namespace

TEST_CASE("Python reads the subjects, texts and headers that were written") {
  std::vector<Draft> drafts;
  for (const auto& text : kTexts) {
    auto draft = simple_draft();
    draft.subject = text;
    draft.text = text + "\n\n-- \nAda\n";
    draft.extra_headers = {{"X-Note", text}};
    draft.references = {"<a@example.org>", "<b@example.org>"};
    drafts.push_back(draft);
    draft.html = "<p title=\"" + std::to_string(drafts.size()) + "\">" + text + "</p>";
    drafts.push_back(draft);
  }
  check_with_python(drafts);
}

TEST_CASE("Python reads the names that were written") {
  std::vector<Draft> drafts;
  for (const auto& text : kTexts) {
    if (text == kTexts[12]) continue;  // Python takes a tab in a quoted name for a blank
    auto draft = simple_draft();
    draft.from.name = text;
    draft.to = {{text, "a@example.org"}, {"", "b.c+d@example.org"}, {text, "o'neil@sub.example.org"}};
    draft.cc = {{"Second", "second@example.org"}, {text, "c@xn--gre-6ka8i.example"}};
    drafts.push_back(draft);
  }
  check_with_python(drafts);
}

TEST_CASE("Python reads bodies of every kind") {
  std::vector<Draft> drafts;
  for (const std::string& text :
       {std::string("From the start\nFrom again\n> quoted\n.\n..\n"), std::string(5'000, 'x') + "\n",
        std::string("trailing blanks   \n\ttab\t\n=3D sign\n"), std::string("no line end"),
        std::string("--=_m boundary\n"), std::string("日本語\nもう一行\n"), std::string("\n\n\nafter empty lines\n"),
        std::string("\x1B[0m control\n")}) {
    auto draft = simple_draft();
    draft.text = text;
    drafts.push_back(draft);
    draft.html = text;
    drafts.push_back(draft);
  }
  check_with_python(drafts);
}

TEST_CASE("Python reads flowed text as it was wrapped") {
  auto draft = simple_draft();
  draft.flowed = true;
  draft.text = "short\n> quoted\n\n-- \nAda\n";
  check_with_python({draft});
}

TEST_CASE("Python reads attachments by their odd names, byte for byte") {
  std::vector<Draft> drafts;
  std::string binary(3'000, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 31 + i / 97);
  for (const std::string& name :
       {std::string("a.bin"), std::string("with space.bin"), std::string("Übersicht 2026.bin"), std::string("日本.bin"),
        std::string("🍜.bin"), std::string("quote\".bin"), std::string("semi;colon=.bin"), std::string("100%41.bin"),
        std::string("back\\slash.bin"), std::string("it's*.bin"), std::string(200, 'n') + ".bin",
        std::string("ein langer Name mit Größe und Maß, der in Stücke geteilt werden muss.bin"), std::string()}) {
    auto draft = simple_draft();
    draft.attachments.push_back({name, "application/x-test", Blob(binary)});
    draft.attachments.push_back({"empty.bin", "application/x-test", Blob(std::string())});
    drafts.push_back(draft);
  }
  check_with_python(drafts);
}

TEST_CASE("Python finds inline images beside the HTML and attached messages whole") {
  auto draft = simple_draft();
  draft.html = "<p>größe <img src=\"cid:a@1\"><img src=\"cid:b.png\"></p>";
  draft.attachments.push_back({"report.pdf", "application/pdf", Blob("%PDF-1.4\n")});
  draft.attachments.push_back({"a.png", "image/png", Blob("\x89PNG"), "a@1"});
  draft.attachments.push_back({"größe.png", "image/png", Blob("b"), "b.png"});
  draft.attachments.push_back(
      {"inner.eml", "message/rfc822", Blob("Subject: inside\r\nX-A: odd \r\n\r\ninner body\r\n")});
  auto only_images = simple_draft();
  only_images.html = "<img src=cid:x>";
  only_images.attachments.push_back({"x.gif", "image/gif", Blob("GIF89a"), "x"});
  auto eight_bit = simple_draft();
  eight_bit.attachments.push_back({"inner.eml", "message/rfc822",
                                   Blob("Subject: inside\r\nContent-Type: text/plain; "
                                        "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngröße\r\n")});
  check_with_python({draft, only_images, eight_bit});
}
