// SPDX-License-Identifier: Apache-2.0
#include "read/live_query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

TEST(LiveQueryTest, HasDefaultsForAll) {
  EXPECT_EQ(parse_live_request("").value(), LiveQuery());
}

TEST(LiveQueryTest, TakesEachParameter) {
  const LiveQuery query =
      parse_live_request("source=web&event=Clicked&top=7&by=users&minutes=3&readKey=k").value();
  EXPECT_EQ(query, (LiveQuery{.source = "web",
                              .event = "Clicked",
                              .top = 7,
                              .by = LiveOrder::kUsers,
                              .range = std::chrono::minutes(3)}));
}

TEST(LiveQueryTest, RefusesWhatItCannotShowWithAWord) {
  for (const auto& [text, word] :
       {std::pair("top=0", "1 to 10000"), std::pair("top=x", "top"),
        std::pair("minutes=61", "1 to 60"), std::pair("by=time", "users"),
        std::pair("topp=1", "did you mean top?"),
        std::pair("top=1000&minutes=11", "top * minutes")}) {
    const auto query = parse_live_request(text);
    ASSERT_FALSE(query) << text;
    EXPECT_NE(query.error().text().find(word), std::string::npos) << query.error().text();
  }
  EXPECT_TRUE(parse_live_request("top=1000&minutes=10"));
}

}  // namespace
}  // namespace hapax
