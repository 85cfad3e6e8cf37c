// SPDX-License-Identifier: Apache-2.0
#include "api/live_body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hapax {
namespace {

using testing::HasSubstr;

std::string streams(std::size_t count) {
  std::string body = R"({"streams":[)";
  for (std::size_t i = 0; i < count; ++i) {
    body += (i == 0 ? "" : ",") + (R"({"id":"s)" + std::to_string(i) + R"(","view":"v"})");
  }
  return body + "]}";
}

TEST(LiveBodyTest, ReadsWhatIsAskedFor) {
  const auto wanted =
      parse_live_body(
          R"({"streams":[{"id":"a_1-Z","view":"v","query":"top=1","last_event_id":"f-2"},)"
          R"({"id":"b","view":"w","last_event_id":null}]})")
          .value();
  ASSERT_EQ(wanted.size(), 2U);
  EXPECT_EQ(wanted[0].id, "a_1-Z");
  EXPECT_EQ(wanted[0].view, "v");
  EXPECT_EQ(wanted[0].query, "top=1");
  EXPECT_EQ(wanted[0].last_event_id, "f-2");
  EXPECT_EQ(wanted[1].query, "");
  EXPECT_EQ(wanted[1].last_event_id, "");
}

TEST(LiveBodyTest, TakesAsManyAsAConnectionMayHave) {
  EXPECT_TRUE(parse_live_body(streams(kLivePartsMax)));
  EXPECT_THAT(parse_live_body(streams(kLivePartsMax + 1)).error().message,
              HasSubstr("101 streams"));
}

TEST(LiveBodyTest, SaysWhatIsWrongAndWhere) {
  const std::string id33(33, 'a');
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "no JSON object"},
      {"[]", "no JSON object"},
      {R"({"streams":{}})", "a list"},
      {R"({"streams":[],"more":1})", "nothing else"},
      {R"({"streams":[]})", "0 streams"},
      {R"({"streams":["a"]})", "streams[0] is no object"},
      {R"({"streams":[{"view":"v"}]})", R"(streams[0] has no "id")"},
      {R"({"streams":[{"id":"a","view":"v"},{"id":"b"}]})", R"(streams[1] has no "view")"},
      {R"({"streams":[{"id":1,"view":"v"}]})", R"("id" of streams[0] is no text)"},
      {R"({"streams":[{"id":"a b","view":"v"}]})", "letters, digits"},
      {R"({"streams":[{"id":"a\nb","view":"v"}]})", "letters, digits"},
      {R"({"streams":[{"id":"","view":"v"}]})", "1 to 32"},
      {R"({"streams":[{"id":")" + id33 + R"(","view":"v"}]})", "1 to 32"},
      {R"({"streams":[{"id":"a","view":"v","querry":""}]})", R"("querry", which is not known)"},
      {R"({"streams":[{"id":"a","view":"v"},{"id":"a","view":"w"}]})", R"(the id "a")"},
  };
  for (const auto& [body, message] : wrong) {
    const auto parsed = parse_live_body(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(message)) << body;
    EXPECT_THAT(parsed.error().hint, HasSubstr(R"({"streams":)"));
  }
}

}  // namespace
}  // namespace hapax
