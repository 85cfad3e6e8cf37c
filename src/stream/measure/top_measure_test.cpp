// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/top_measure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using Texts = std::vector<std::string>;

MeasureSpec top(std::uint32_t k, std::uint32_t values_max = kTopValuesMax) {
  return {.kind = MeasureKind::kTop, .k = k, .values_max = values_max};
}

History history_of(const Texts& texts) {
  History history;
  for (const std::string& text : texts) {
    history.push_back(event_with(std::string_view(text)));
  }
  return history;
}

std::vector<TopValue> listed(const MeasureResult& result) {
  return std::get<std::vector<TopValue>>(result.answer);
}

TEST(TopMeasureTest, ListsTheMostFrequentAndOfEquallyFrequentOnesTheLeast) {
  const Texts texts = {"b", "c", "a", "c", "d", "b", "a"};
  const MeasureResult result = result_of(top(3), history_of(texts));
  const std::vector<TopValue> expected = {{"a", 2}, {"b", 2}, {"c", 2}};
  EXPECT_EQ(listed(result), expected);
  EXPECT_TRUE(result.exact);
  EXPECT_EQ(result.other, 1U);
}

TEST(TopMeasureTest, ValuesOfDifferentKindsAreDifferent) {
  const MeasureResult result =
      result_of(top(9), {event_with(1.0), event_with(std::string_view("1")), event_with(true),
                         event_with(Value()), event_with(-0.0), event_with(0.0)});
  const std::vector<TopValue> expected = {{0.0, 2}, {true, 1}, {1.0, 1}, {"1", 1}};
  EXPECT_EQ(listed(result), expected);
  EXPECT_EQ(result.other, 0U) << "absent is no value";
}

/// So many distinct texts, each one to three times.
Texts many_texts(std::size_t distinct) {
  Texts texts;
  for (std::size_t i = 0; i < distinct; ++i) {
    texts.insert(texts.end(), 1 + i % 3, "value " + std::to_string(i));
  }
  return texts;
}

TEST(TopMeasureTest, BeyondTheLimitTheValuesWithTheLeastHashesAreCountedExactly) {
  constexpr std::uint32_t kMax = 50;
  const Texts texts = many_texts(1000);
  std::map<std::uint64_t, std::pair<std::string, std::uint64_t>> by_hash;
  for (const std::string& text : texts) {
    auto& [value, count] = by_hash[hash_of(std::string_view(text))];
    value = text;
    ++count;
  }
  const MeasureResult result = result_of(top(kMax, kMax), history_of(texts));
  EXPECT_FALSE(result.exact);
  std::map<std::string, std::uint64_t> expected;
  std::uint64_t other = texts.size();
  for (auto each = by_hash.begin(); expected.size() < kMax; ++each) {
    expected.insert(each->second);
    other -= each->second.second;
  }
  std::map<std::string, std::uint64_t> found;
  for (const TopValue& value : listed(result)) {
    found[std::get<std::string>(value.value)] = value.count;
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(result.other, other);
}

TEST(TopMeasureTest, IsExactAtTheLimitAndNotBeyondIt) {
  EXPECT_TRUE(result_of(top(3, 100), history_of(many_texts(100))).exact);
  EXPECT_FALSE(result_of(top(3, 100), history_of(many_texts(101))).exact);
}

TEST(TopMeasureTest, BeyondTheLimitFrequentValuesAreListedWithAnError) {
  constexpr std::uint32_t kMax = 50;
  Texts texts = many_texts(1'000);
  const std::string long_text = std::string(61, 'x') + "\xC3\xA9 and so on";
  texts.insert(texts.end(), 300, long_text);
  texts.insert(texts.end(), 200, "often");
  const std::uint64_t all = texts.size();
  for (const std::uint64_t shift : {0, 1}) {  // The text of the sample with the greatest hash.
    History history = history_of(texts);
    for (TestEvent& event : history) {
      const bool is_often = event.samples[0].value == Value(std::string_view("often")) ||
                            event.samples[0].value == Value(std::string_view(long_text));
      event.samples[0].hash |= is_often ? std::uint64_t{0xFF} << 56U : 0;
      event.samples[0].hash >>= shift;
    }
    const MeasureResult result = result_of(top(3, kMax), history);
    const auto found = listed(result);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0], (TopValue{std::string(61, 'x'), 300, found[0].error, true}));
    EXPECT_EQ(found[1], (TopValue{"often", 200, found[1].error, false}));
    EXPECT_LE(found[0].error, 4U);
    EXPECT_GT(found[0].error, 0U);
    EXPECT_EQ(found[2].error, 0U) << "it is kept";
    EXPECT_FALSE(result.exact);
    EXPECT_EQ(result.other, all - 500 - found[2].count);
  }
}

/// One of before the others were counted: of 9 events 4 hold the value that is kept, "a".
std::string former_cell(std::uint64_t hash) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(1);  // Of the set, then of the form.
  out.put_u8(1);
  out.put_u64(9);
  out.put_u32(1);
  out.put_u64(hash);
  encode_value(OwnedValue("a"), out);
  out.put_u64(4);
  return bytes;
}

TEST(TopMeasureTest, ACellFromBeforeTheOthersWereCountedIsRead) {
  const MeasurePlan plan(std::vector{top(3, 1)});
  const std::string bytes = former_cell(77);
  MeasureSet set(plan);
  ASSERT_TRUE(decode_all(bytes, set));
  EXPECT_EQ(encoded(set), bytes);
  const MeasureResult result = set.finalize(Microseconds(0))[0];
  EXPECT_EQ(listed(result), (std::vector<TopValue>{{"a", 4}}));
  EXPECT_FALSE(result.exact);
  EXPECT_EQ(result.other, 5U);
}

TEST(TopMeasureTest, NothingBeyondTheLimitIsListedOfACellThatLacksSomeOfIt) {
  const MeasurePlan plan(std::vector{top(3, 1)});
  MeasureSet set(plan);
  ASSERT_TRUE(decode_all(former_cell(0), set));
  TestEvent often = event_with(std::string_view("often"));
  for (int i = 0; i < 100; ++i) {
    set.update(often);
  }
  const MeasureResult result = set.finalize(Microseconds(0))[0];
  EXPECT_EQ(listed(result), (std::vector<TopValue>{{"a", 4}})) << "105 of often would be 100";
  EXPECT_EQ(result.other, 105U);
}

TEST(TopMeasureTest, MemoryEndsAtTwiceTheLimitAndASketch) {
  const MeasurePlan plan(std::vector{top(3, 50)});
  const std::size_t at_limit = set_of(plan, history_of(many_texts(100))).bytes();
  constexpr std::size_t kSketchBytes = HeavySketch::kBuckets * 2'048;
  EXPECT_LT(set_of(plan, history_of(many_texts(20'000))).bytes(), 4 * at_limit + kSketchBytes);
  EXPECT_EQ(set_of(plan, history_of(many_texts(40'000))).bytes() / kSketchBytes, 0U);
}

TEST(TopMeasureTest, OfTwoValuesWithOneHashTheLeastIsShown) {
  TestEvent a = event_with(std::string_view("a"));
  TestEvent b = event_with(std::string_view("b"));
  b.samples[0].hash = a.samples[0].hash;
  const std::vector<TopValue> expected = {{"a", 2}};
  EXPECT_EQ(listed(result_of(top(3), {a, b})), expected);
  EXPECT_EQ(listed(result_of(top(3), {b, a})), expected);
}

}  // namespace
}  // namespace hapax
