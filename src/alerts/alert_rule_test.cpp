// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr FigureKind kFigures[] = {
    {.name = "no_events", .meaning = "", .has_sources = true},
    {.name = "disk_free_bytes", .meaning = "", .when = AlertWhen::kBelow},
    {.name = "books_broken", .meaning = "", .threshold = 0},
};

Result<AlertRule> parse(const std::string& members) {
  return parse_alert("{" + members + "}", "a", kFigures);
}
std::string why(const std::string& members) {
  const auto rule = parse(members);
  return rule ? "" : rule.error().text();
}
/// A rule over a view, with more members.
std::string view(const std::string& more) {
  return R"("name":"N","view":"v","measure":"n","threshold":1)" + more;
}

TEST(AlertRuleTest, IsReadBackAsItIsWritten) {
  const std::string text =
      R"({"name":"N","view":"v","query":"source=web&window=1h","measure":"n","window":"complete",)"
      R"("when":"below","threshold":1.5,"for":3,"repeat":"1h","webhook":{"url":"https://h/p",)"
      R"("secret":"0123456789abcdef"},"email":["a@b.c","d@e.f"]})";
  const auto rule = parse_alert(text, "a", kFigures);
  ASSERT_TRUE(rule) << rule.error().text();
  EXPECT_EQ(alert_json(*rule, Secrets::kShown), text);
  const std::string figure =
      R"({"name":"N","figure":"no_events","source":"web","when":"above","threshold":60,"for":1})";
  EXPECT_EQ(alert_json(parse_alert(figure, "a", kFigures).value(), Secrets::kShown), figure);
}

TEST(AlertRuleTest, AFigureKnowsWhenItIsBad) {
  EXPECT_EQ(parse(R"("name":"N","figure":"disk_free_bytes","threshold":5)")->when,
            AlertWhen::kBelow);
  EXPECT_EQ(parse(R"("name":"N","figure":"books_broken")")->threshold, 0);
  EXPECT_THAT(why(R"("name":"N","figure":"no_events")"), HasSubstr("threshold: this is missing"));
}

TEST(AlertRuleTest, SaysWhereWhatIsWrongAndWhatIsMeant) {
  EXPECT_THAT(why(R"("figure":"books_broken")"), HasSubstr("alert \"a\": name: this is missing"));
  EXPECT_THAT(why(R"("name":"N")"), HasSubstr("one of \"view\" and \"figure\""));
  EXPECT_THAT(why(R"("name":"N","figure":"no_event","threshold":1)"),
              HasSubstr("did you mean \"no_events\"?"));
  EXPECT_THAT(why(view(R"(,"figure":"no_events")")), HasSubstr("one of \"view\" and \"figure\""));
  EXPECT_THAT(why(R"("name":"N","view":"v","threshold":1)"), HasSubstr("measure: this is missing"));
  EXPECT_THAT(why(R"("name":"N","view":"v","measure":"n&limit=1","threshold":1)"),
              HasSubstr("\"n&limit=1\" is no name"));
  EXPECT_THAT(why(view(R"(,"source":"web")")), HasSubstr("source: a view has none"));
  EXPECT_THAT(why(R"("name":"N","figure":"books_broken","query":"source=web")"),
              HasSubstr("query: a figure has none"));
  EXPECT_THAT(why(R"("name":"N","figure":"books_broken","source":"web")"),
              HasSubstr("is not of a source"));
  EXPECT_THAT(why(R"("name":"N","figure":"books_broken","when":"absent")"),
              HasSubstr("never absent"));
  EXPECT_THAT(why(view(R"(,"query":"limit=3")")), HasSubstr("query: parameter \"limit\""));
  EXPECT_THAT(why(view(R"(,"when":"over")")), HasSubstr("there is no condition \"over\""));
  EXPECT_THAT(why(view(R"(,"window":"last")")), HasSubstr("there is no window \"last\""));
  EXPECT_THAT(why(view(R"(,"for":0)")), HasSubstr("1 to 1000"));
  EXPECT_THAT(why(view(R"(,"repeat":"59s")")), HasSubstr("less than a minute"));
  EXPECT_THAT(why(view(R"(,"webhok":{})")), HasSubstr("did you mean \"webhook\"?"));
}

TEST(AlertRuleTest, AWebhookIsAnAddressOfTheWeb) {
  const auto url = [](const std::string& text) {
    return why(view(R"(,"webhook":{"url":")" + text + "\"}"));
  };
  EXPECT_EQ(url("http://127.0.0.1:9/x"), "");
  for (const char* wrong : {"", "file:///etc/passwd", "gopher://a/", "https://", "https:///x",
                            "http://a b/", "ftp://a/"}) {
    EXPECT_THAT(url(wrong), HasSubstr("no address of a web server")) << wrong;
  }
  EXPECT_THAT(url("http://user:secret@host/"), HasSubstr("not sent"));
  EXPECT_THAT(url("http://a/\\r\\nX: y"), HasSubstr("control characters"));
  EXPECT_THAT(why(view(R"(,"webhook":{"url":"http://a/","secret":"short"})")),
              HasSubstr("shorter than 16 bytes"));
}

TEST(AlertRuleTest, AMailAddressHoldsNothingElse) {
  for (const char* right : {"a@b", "ops+x@mail.example.com", "o'neil@example.org"}) {
    EXPECT_TRUE(is_mail_address(right)) << right;
  }
  for (const char* wrong :
       {"", "a", "@b", "a@", "a@b c", "a@b\r\nBcc: c@d", "a b@c", "<a@b>", "a@b>", "a@b,c@d",
        "a@b@c", "-a@b", "a@-b", "a@b.", "\"a b\"@c", "é@b"}) {
    EXPECT_FALSE(is_mail_address(wrong)) << wrong;
  }
}

TEST(AlertRuleTest, WhatIsHiddenIsKept) {
  const auto before =
      parse(view(R"(,"webhook":{"url":"https://h:8/T0/B1?k=v","secret":"0123456789abcdef"})"));
  ASSERT_TRUE(before);
  const std::string shown = alert_json(*before, Secrets::kHidden);
  EXPECT_THAT(shown, HasSubstr(R"("webhook":{"url":"https://h:8/***","secret":"***"})"));
  const auto sent_back = parse_alert(shown, "a", kFigures);
  ASSERT_TRUE(sent_back) << sent_back.error().text();
  EXPECT_EQ(with_secrets_of(&*before, *sent_back, "a").value(), *before);
  const auto elsewhere = parse(view(R"(,"webhook":{"url":"https://other/***"})"));
  EXPECT_FALSE(with_secrets_of(&*before, *elsewhere, "a"));
  EXPECT_FALSE(with_secrets_of(nullptr, *sent_back, "a"));
}

}  // namespace
}  // namespace hapax
