// SPDX-License-Identifier: Apache-2.0
// What a checkpoint stores of a view is what it was at the freeze, whichever thread encodes it, and
// whatever events, readers, evictions and expiry do meanwhile.
#include <gtest/gtest.h>

#include "testing/random_cases.hpp"
#include "views/runtime/random_keyed_views.hpp"
#include "views/runtime/random_views.hpp"
#include "views/runtime/view_engine.hpp"

namespace hapax {
namespace {

void check(Case (*random)(std::uint64_t), std::uint64_t from, std::uint64_t count) {
  for (std::uint64_t seed = from; seed < from + count; ++seed) {
    const Case made = random(seed);
    Engine eager(made, Encoding::kAtOnce);
    Engine late(made, Encoding::kLate);
    Engine beside(made, Encoding::kByAnother);
    const Cells wanted = eager.run(seed);
    EXPECT_EQ(late.run(seed).bytes, wanted.bytes);
    EXPECT_EQ(beside.run(seed).bytes, wanted.bytes);
    ASSERT_EQ(late.written(), eager.written()) << "seed " << seed << ": " << made.spec;
    ASSERT_EQ(beside.written(), eager.written()) << "seed " << seed << ": " << made.spec;
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ": " << made.spec;
  }
}

TEST(ViewWriterTest, StoredBytesAreThoseOfTheFreeze) {
  check(random_case, 0, random_cases(300));
}

TEST(ViewWriterTest, StoredBytesOfMoreGroupsThanAreKeptAreThoseOfTheFreeze) {
  check(random_limited_case, 0, random_cases(200));
}

TEST(ViewWriterTest, StoredBytesOfAViewOverKeysAreThoseOfTheFreeze) {
  check(random_keyed_case, 0, random_cases(300));
}

}  // namespace
}  // namespace hapax
