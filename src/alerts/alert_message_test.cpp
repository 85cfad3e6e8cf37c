// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bytes/base64.hpp"
#include "hash/hmac.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::Not;

const ProcessingTime kNow = processing_time_from_micros(1'795'707'187'123'456);

AlertRule rule_of(const std::string& name) {
  return {.name = name,
          .view = "pages_per_hour",
          .query = "source=web",
          .measure = "count",
          .when = AlertWhen::kBelow,
          .threshold = 10,
          .webhook_url = "https://hook/x",
          .webhook_secret = "0123456789abcdef",
          .emails = {"ops@example.com", "dev@example.com"}};
}
Notice notice_of(NoticeKind kind) {
  return {.kind = kind,
          .firing = {.id = "f1", .alert = "pages", .name = "Pages", .since = kNow, .value = 3.0},
          .at = kNow,
          .value = 3.0};
}

TEST(AlertMessageTest, AWebhookSaysAllThatIsKnown) {
  const auto post = webhook_of(rule_of("Pages \"1\""), notice_of(NoticeKind::kFiring), kNow);
  const auto json = nlohmann::json::parse(post.body);
  EXPECT_EQ(json.at("delivery"), "f1-firing");
  EXPECT_EQ(json.at("alert"), "pages");
  EXPECT_EQ(json.at("state"), "firing");
  EXPECT_EQ(json.at("value"), 3);
  EXPECT_EQ(json.at("since"), "2026-11-26T15:33:07.123456Z");
  EXPECT_TRUE(json.at("until").is_null());
  EXPECT_EQ(json.at("text"),
            "FIRING: Pages \"1\": count of pages_per_hour?source=web is 3, below 10");
}

TEST(AlertMessageTest, AWebhookIsSignedWithItsTime) {
  const auto post = webhook_of(rule_of("Pages"), notice_of(NoticeKind::kFiring), kNow);
  EXPECT_EQ(post.headers.at(0), std::pair(std::string("Hapax-Delivery"), std::string("f1-firing")));
  EXPECT_EQ(post.headers.at(1).first, "Hapax-Signature");
  EXPECT_EQ(post.headers.at(1).second,
            "t=1795707187,v1=" + hmac_sha256_hex("0123456789abcdef", "1795707187." + post.body));
}

TEST(AlertMessageTest, EachNoticeHasADeliveryIdOfItsOwn) {
  EXPECT_EQ(delivery_id(notice_of(NoticeKind::kResolved)), "f1-resolved");
  Notice later = notice_of(NoticeKind::kRepeat);
  later.at += Microseconds(1);
  EXPECT_NE(delivery_id(notice_of(NoticeKind::kRepeat)), delivery_id(later));
}

/// The headers of a message, and its text.
std::pair<std::string, std::string> parts_of(const Mail& mail) {
  const std::size_t end = mail.message.find("\r\n\r\n");
  std::string body = mail.message.substr(end + 4);
  std::erase(body, '\r');
  std::erase(body, '\n');
  return {mail.message.substr(0, end + 2), decode_base64(body).value_or("?")};
}

TEST(AlertMessageTest, AMailSaysTheSame) {
  const Mail mail = mail_of(rule_of("Pages"), notice_of(NoticeKind::kResolved), "h@example.com");
  const auto [headers, body] = parts_of(mail);
  EXPECT_THAT(headers, HasSubstr("From: h@example.com\r\n"));
  EXPECT_THAT(headers, HasSubstr("To: ops@example.com,\r\n dev@example.com\r\n"));
  EXPECT_THAT(headers, HasSubstr("Date: Thu, 26 Nov 2026 15:33:07 +0000\r\n"));
  EXPECT_THAT(headers, HasSubstr("Message-ID: <f1-resolved@example.com>\r\n"));
  EXPECT_THAT(body, HasSubstr("RESOLVED: Pages"));
  EXPECT_THAT(body, HasSubstr("condition: below 10"));
}

TEST(AlertMessageTest, NothingThatUsersWriteIsAHeader) {
  AlertRule rule = rule_of("x\r\nBcc: evil@example.com\r\n\r\n.\r\nQUIT " + std::string(150, 'y'));
  rule.query = "source=a\r\nTo: b";
  const auto [headers, body] = parts_of(mail_of(rule, notice_of(NoticeKind::kFiring), "h@e.com"));
  EXPECT_THAT(headers, Not(HasSubstr("Bcc")));
  EXPECT_THAT(headers, Not(HasSubstr("QUIT")));
  for (std::size_t at = 0; at < headers.size();) {
    const std::size_t end = headers.find("\r\n", at);
    EXPECT_LE(end - at, 78U) << headers.substr(at, end - at);
    at = end + 2;
  }
  EXPECT_THAT(body, HasSubstr("Bcc: evil"));  // In base64 it is text.
}

TEST(AlertMessageTest, ASubjectIsCutBetweenCharactersAlone) {
  std::string name;
  for (int i = 0; i < 60; ++i) {
    name += "ü";
  }
  const auto headers =
      parts_of(mail_of(rule_of(name), notice_of(NoticeKind::kTest), "h@e.com")).first;
  std::string subject;
  for (std::size_t at = headers.find("=?UTF-8?B?"); at != std::string::npos;
       at = headers.find("=?UTF-8?B?", at)) {
    at += 10;
    const std::string word = decode_base64(headers.substr(at, headers.find("?=", at) - at)).value();
    EXPECT_NE(static_cast<unsigned char>(word.front()) & 0xC0U, 0x80U);
    subject += word;
  }
  EXPECT_THAT(subject, HasSubstr(name));
}

}  // namespace
}  // namespace hapax
