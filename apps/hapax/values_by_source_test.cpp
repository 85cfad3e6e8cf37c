// SPDX-License-Identifier: Apache-2.0
#include "values_by_source.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(ValuesBySourceTest, TheFirstByNameAreShownAndTheRestTogether) {
  ValuesBySource values;
  for (const auto* source : {"d", "b", "a", "c"}) {
    values.add(source, "late", 1);
    values.add(source, "on_time", 10);
  }
  const ValuesBySource::Values shown{{{"a", "late"}, 1},     {{"a", "on_time"}, 10},
                                     {{"b", "late"}, 1},     {{"b", "on_time"}, 10},
                                     {{"other", "late"}, 2}, {{"other", "on_time"}, 20}};
  EXPECT_EQ(values.first(2), shown);
  EXPECT_EQ(values.first(4).size(), 8U);
}

TEST(ValuesBySourceTest, ASourceOfThatNameIsAmongTheOthers) {
  ValuesBySource values;
  values.add("a", "late", 1);
  values.add("other", "late", 2);
  values.add("z", "late", 4);
  EXPECT_EQ(values.first(2), (ValuesBySource::Values{{{"a", "late"}, 1}, {{"other", "late"}, 6}}));
}

}  // namespace
}  // namespace hapax
