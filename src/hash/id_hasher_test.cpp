// SPDX-License-Identifier: Apache-2.0
#include "hash/id_hasher.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_shorthash_siphash24.h>

#include <string>

namespace hapax {
namespace {

HashKey make_key(unsigned char first) {
  HashKey key;
  key.bytes[0] = first;
  return key;
}

// The first vector of the authors' reference implementation, vectors.h.
TEST(IdHasherTest, StandsOnThePublishedSipHash128) {
  unsigned char key[16];
  for (unsigned char i = 0; i < 16; ++i) {
    key[i] = i;
  }
  const unsigned char expected[16] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                      0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
  unsigned char out[16];
  crypto_shorthash_siphashx24(out, nullptr, 0, key);
  EXPECT_TRUE(std::equal(std::begin(out), std::end(out), std::begin(expected)));
}

// Stored in logs and tables.
TEST(IdHasherTest, NeverChangesItsValues) {
  const IdHasher hasher(make_key(1));
  EXPECT_EQ(hasher.event_id("web", "m-1"),
            (Hash128{.low = 0xD2DA5137BB7F121U, .high = 0x43210A3C6AA98DF8U}));
  EXPECT_EQ(hasher.identity("ada"), 4938805358775625610U);
  EXPECT_EQ(hasher.event_name("web", "Clicked"), 6933089741596446539U);
  EXPECT_EQ(hasher.value("\x03"), 14743371647066257771U);
  EXPECT_EQ(hasher.key_id(), 1920711080590618430U);
}

TEST(IdHasherTest, AnotherKeyGivesOtherHashes) {
  const IdHasher one(make_key(1));
  const IdHasher other(make_key(2));
  EXPECT_NE(one.event_id("web", "m-1"), other.event_id("web", "m-1"));
  EXPECT_NE(one.identity("ada"), other.identity("ada"));
  EXPECT_NE(one.event_name("web", "a"), other.event_name("web", "a"));
  EXPECT_NE(one.value("a"), other.value("a"));
  EXPECT_NE(one.value("a"), one.identity("a"));
  EXPECT_NE(one.key_id(), other.key_id());
}

TEST(IdHasherTest, TellsSourcesApartAndTakesIdsOfAnyLength) {
  const IdHasher hasher;
  EXPECT_NE(hasher.event_id("a", "bc"), hasher.event_id("ab", "c"));
  EXPECT_NE(hasher.event_name("a", "bc"), hasher.event_name("ab", "c"));
  EXPECT_NE(hasher.event_name("a", "bc"), hasher.event_id("a", "bc").low);
  const std::string long_id(1000, 'x');
  EXPECT_EQ(hasher.event_id("a", long_id), hasher.event_id("a", long_id));
  EXPECT_NE(hasher.event_id("a", long_id), hasher.event_id("a", long_id + "y"));
  EXPECT_NE(hasher.event_id("", ""), Hash128{});
}

}  // namespace
}  // namespace hapax
