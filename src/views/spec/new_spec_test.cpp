// SPDX-License-Identifier: Apache-2.0
#include "views/spec/new_spec.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

std::string refusal(const std::string& rest) {
  const auto spec = parse_view_json(R"({"name":"v",)" + rest + "}");
  EXPECT_TRUE(spec) << rest << (spec ? "" : spec.error().text());
  const auto checked = check_new_spec(*spec);
  return checked ? "" : checked.error().text();
}

std::string refusal_of(const std::string& where) {
  return refusal(R"("measures":{"n":"count"},"where":)" + where);
}

TEST(NewSpecTest, AMeasureIsNotCalledAsSomethingElseInARow) {
  for (const std::string name : {"range", "start", "end", "state", "revision", "current", "partial",
                                 "other", "notes", "time", "source"}) {
    EXPECT_EQ(refusal(R"("group_by":["source"],"measures":{")" + name + R"(":"count"})"),
              "view \"v\": measures." + name + ": rows have a \"" + name +
                  "\" of their own; take another name");
  }
  EXPECT_EQ(refusal(R"("measures":{"count":"count","source":"count","times":"count"})"), "");
}

TEST(NewSpecTest, AConditionThatIsNeverTrueIsRefused) {
  for (const std::string where : {
           R"({"properties.a":{"gt":"b","lt":"a"}})",
           R"({"properties.a":{"gt":1,"lt":1}})",
           R"({"properties.a":{"gt":1,"le":1}})",
           R"({"properties.a":{"ge":1,"le":1,"ne":1}})",
           R"({"properties.a":{"lt":""}})",
           R"({"properties.a":{"eq":1,"ne":1}})",
           R"({"properties.a":{"eq":1,"prefix":"x"}})",
           R"({"properties.a":{"eq":"ax","regex":"^x"}})",
           R"({"properties.a":{"in":[1,2],"gt":2}})",
           R"({"properties.a":{"prefix":"b","lt":"b"}})",
           R"({"properties.a":{"lt":1,"gt":"a"}})",
           R"({"all":[{"properties.a":1},{"properties.a":2}]})",
           R"({"all":[{"properties.a":{"ne":true}},{"properties.a":{"ne":false}}]})",
           R"({"properties.a":1,"not":{"properties.a":[1,2]}})",
           R"({"properties.a":{"exists":false,"eq":1}})",
           R"({"event":""})",
           R"({"event":{"le":""}})",
           R"({"event":["a"],"any":[{"event":"b"},{"properties.b":1}],"not":{"event":"a"}})",
           R"({"source":{"exists":false}})",
           R"({"any":[{"event":""},{"user":{"exists":false}}]})",
       }) {
    EXPECT_EQ(refusal_of(where).find("view \"v\": where: "), 0U) << where;
  }
  EXPECT_EQ(refusal_of(R"({"properties.a":{"eq":1,"ne":1}})"),
            "view \"v\": where: no event can be {\"properties.a\":{\"eq\":1}} and "
            "{\"properties.a\":{\"ne\":1}}, so nothing would be counted; write any = [...] where "
            "one of them is enough");
  EXPECT_EQ(refusal_of(R"({"source":{"exists":false}})"),
            "view \"v\": where: source is never missing; leave it out");
}

TEST(NewSpecTest, AConditionThatAnEventMayMeetIsTaken) {
  for (const std::string where : {
           R"({"properties.a":{"ge":1,"le":1}})",
           R"({"properties.a":{"gt":"a","lt":"b"}})",
           R"({"properties.a":{"in":[1,"x"],"prefix":"x"}})",
           R"({"properties.a":{"le":""}})",
           R"({"properties.a":""})",
           R"({"properties.a":{"ne":true}})",
           R"({"properties.a":{"exists":true},"not":{"properties.a":{"ne":1}}})",
           R"({"any":[{"event":""},{"event":"a"}]})",
           R"({"event":{"exists":false}})",
           R"({"not":{"event":""}})",
           R"({"not":{"all":[{"properties.a":1},{"properties.a":2}]}})",
           R"({"properties.a":{"prefix":"x","gt":"xa"}})",
       }) {
    EXPECT_EQ(refusal_of(where), "") << where;
  }
}

}  // namespace
}  // namespace hapax
