// SPDX-License-Identifier: Apache-2.0
#include "read/query_form.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

std::string why(std::string_view query) {
  const auto checked = check_query_form(query, kept_parameters());
  return checked ? "" : checked.error().text();
}

TEST(QueryFormTest, TakesWhatSomeViewWouldAnswer) {
  for (const char* query :
       {"", "group_by=", "group_by=context.page.path&measures=views,users&order=-views&limit=10",
        "source=web&group.properties.code=12&window=1mo&consistency=final&heavy=true",
        "from=2026-11-24T00:00:00Z&to=1795707187123&top=10&windows=100",
        "range=2026-11-24T00:00:00Z/&range=/2026-11-24T00:00:00Z&order=time",
        "group_by=properties.%22a,b%22,last(context.page.path)&event=Survey+Answered"}) {
    EXPECT_EQ(why(query), "") << query;
  }
}

TEST(QueryFormTest, NamesTheParameterAndWhatIsMeant) {
  EXPECT_THAT(why("limt=3"), HasSubstr("did you mean limit?"));
  EXPECT_THAT(why("limit=0"), HasSubstr("use a number from 1 to 10000"));
  EXPECT_THAT(why("windows=101"), HasSubstr("1 to 100"));
  EXPECT_THAT(why("order=-Views"), HasSubstr("\"Views\" is no name of a measure"));
  EXPECT_THAT(why("measures="), HasSubstr("no name of a measure"));
  EXPECT_THAT(why("window=15x"), HasSubstr("use one as 15m"));
  EXPECT_THAT(why("from=never"), HasSubstr("is not a time"));
  EXPECT_THAT(why("range=2026-11-24T00:00:00Z"), HasSubstr("two times with a slash"));
  EXPECT_THAT(why("consistency=maybe"), HasSubstr("use latest or final"));
  EXPECT_THAT(why("group_by=usr"), HasSubstr("group_by"));
  EXPECT_THAT(why("group.usr=1"), HasSubstr("group.usr"));
  EXPECT_THAT(why("limit=1&limit=2"), HasSubstr("there twice"));
}

TEST(QueryFormTest, WhatBelongsToOneAnswerIsNotKept) {
  for (const char* query : {"cursor=AVr0c3", "after=AwGq", "format=csv", "readKey=k"}) {
    EXPECT_THAT(why(query), HasSubstr("is unknown")) << query;
  }
}

}  // namespace
}  // namespace hapax
