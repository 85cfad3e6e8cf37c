// SPDX-License-Identifier: Apache-2.0
// What dedup costs while ids accumulate, up to a billion of them. Index, buckets, filters and what
// a checkpoint is to merge are real; the rows of the store are computed
// (computed_ids_test_support.hpp). Most ids are added as the first of theirs, unasked; some new and
// some known ones are asked for, at each mark.
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>
#include <random>
#include <string>

#include "stream/computed_ids_test_support.hpp"
#include "stream/dedup_index.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

constexpr Microseconds kWindow = std::chrono::hours(24);
constexpr std::uint64_t kAsked = 4'000;  ///< Of each kind, at a mark.
constexpr std::uint64_t kBlock = 256;    ///< Ids between open() and settle().
constexpr auto kCostsAreOfOthers = "what ids cost is asked of programs that are not sanitized";

/// The defaults, or as if each id stood for `scale` of them.
struct Scale {
  explicit Scale(std::uint64_t scale)
      : settings{.bucket_ids_min = DedupSettings().bucket_ids_min / scale,
                 .bucket_ids_fourfold = DedupSettings().bucket_ids_fourfold / scale,
                 .bucket_ids_at_once = DedupSettings().bucket_ids_at_once / scale,
                 .bucket_ids_max = DedupSettings().bucket_ids_max / scale,
                 .merged_ids = DedupSettings().merged_ids / scale},
        a_checkpoint(393'216 / scale) {}

  DedupSettings settings;
  std::uint64_t a_checkpoint;
};

/// What one id that is asked for costs.
struct Asked {
  double filters = 0;
  double finds = 0;
};

class Model {
 public:
  explicit Model(const Scale& scale) : scale_(scale) { index_.emplace(scale.settings, store_); }

  std::uint64_t ids() const { return next_; }
  DedupStats stats() const { return index_->stats(); }
  std::uint64_t unmerged() const { return store_.unmerged(); }
  bool is_half_merged(BucketId bucket) const { return store_.is_half_merged(bucket); }
  /// Of buckets that take no more ids.
  std::uint64_t merged_by_last_checkpoint() const { return merged_; }

  /// So many new ids, and a checkpoint.
  void add_checkpoint() {
    for (const std::uint64_t end = next_ + scale_.a_checkpoint; next_ < end;) {
      index_->open(span_);
      for (std::uint64_t i = 0; i < kBlock; ++i) {
        index_->remember(ComputedIdsStore::id_of(next_++), span_);
      }
      index_->settle();
    }
    checkpoint();
  }

  /// Right after a checkpoint.
  void restart() {
    std::string buckets;
    std::string runs;
    ByteWriter to_buckets(buckets);
    ByteWriter to_runs(runs);
    index_->encode(to_buckets);
    index_->encode_runs(to_runs);
    index_.emplace(scale_.settings, store_);
    ByteReader of_buckets(buckets);
    ByteReader of_runs(runs);
    ASSERT_TRUE(index_->restore(of_buckets, &of_runs));
  }

  Asked ask_new() {
    return ask([&] { return next_++; }, Seen::kFirst);
  }
  Asked ask_known(std::uint64_t first) {
    return ask([&] { return first + random_() % (known_ - first); }, Seen::kDuplicate);
  }

  /// Received time comes to the next span.
  void end_span() {
    span_ = span_of(span_.to, kWindow);
    index_->expire(span_.from, ForgetFloor::floor_at(span_.from, kWindow));
  }

 private:
  template <typename Number>
  Asked ask(const Number& number, Seen expected) {
    known_ = next_;
    const std::uint64_t filters = index_->stats().filter_probes;
    const std::uint64_t finds = store_.finds;
    for (std::uint64_t i = 0; i < kAsked; ++i) {
      const SeenId seen = ComputedIdsStore::id_of(number());
      EXPECT_EQ(index_->add(seen, span_, ProcessingTime::min()).value(), expected);
    }
    return {.filters = static_cast<double>(index_->stats().filter_probes - filters) / kAsked,
            .finds = static_cast<double>(store_.finds - finds) / kAsked};
  }

  void checkpoint() {
    const FrozenIds frozen = index_->freeze();
    merged_ = 0;
    for (const IdMerge& merge : frozen.merges) {
      std::uint64_t ids = 0;
      for (const IdRun& run : merge.from) {
        ids += run.ids;
      }
      if (merge.slices) {
        merged_ += ids / merge.slices->plan().count() * (merge.slices->end - merge.slices->first);
      } else {  // Small runs of a bucket that takes ids; that bound has no scale.
        EXPECT_LE(ids, 1U << 20U);
      }
    }
    store_.take(frozen);
    index_->commit();
  }

  const Scale scale_;
  ComputedIdsStore store_;
  std::optional<DedupIndex> index_;
  TimeSpan span_ = span_of({}, kWindow);
  std::mt19937_64 random_{1};
  std::uint64_t next_ = 0;
  std::uint64_t known_ = 0;
  std::uint64_t merged_ = 0;
};

/// Two more for twice the ids, from where capacities grow fourfold no more.
double filters_max(const Model& model, const Scale& scale) {
  return 6 + 2 * std::max(0.0, std::log2(static_cast<double>(model.ids()) /
                                         static_cast<double>(scale.settings.bucket_ids_fourfold)));
}

void expect_answers(Model& model, const Scale& scale) {
  const Asked of_new = model.ask_new();
  const Asked of_known = model.ask_known(0);
  const DedupStats stats = model.stats();
  std::cout << stats.ids << " ids: " << of_new.filters << " filters and " << of_new.finds
            << " finds a new id, " << of_known.finds << " finds a known one, "
            << static_cast<double>(stats.filter_bytes) / static_cast<double>(stats.ids)
            << " bytes of filters an id\n";
  EXPECT_LE(of_new.filters, filters_max(model, scale));
  EXPECT_LE(of_new.finds, 0.0015 * of_new.filters);
  EXPECT_LE(of_known.finds, 1.1);
}

/// After each checkpoint.
void expect_bounds(const Model& model, const Scale& scale, std::uint64_t in_a_slice_max) {
  const auto ids = static_cast<double>(model.stats().ids);
  const std::uint64_t budget =
      std::max(scale.settings.merged_ids, (scale.a_checkpoint + kAsked) * 5 / 4);
  ASSERT_LE(model.merged_by_last_checkpoint(), budget + in_a_slice_max) << ids;
  if (model.ids() > 4 * scale.settings.bucket_ids_fourfold) {
    ASSERT_LE(static_cast<double>(model.stats().filter_bytes), 4 * ids) << ids;
    ASSERT_LE(static_cast<double>(model.unmerged()), 0.55 * ids) << ids;
  }
}

void expect_little_grows(const Scale& scale, std::uint64_t ids_max, std::uint64_t in_a_slice_max) {
  Model model(scale);
  std::uint64_t mark = 2 * scale.settings.bucket_ids_min;
  while (model.ids() < ids_max && !testing::Test::HasFailure()) {
    model.add_checkpoint();
    expect_bounds(model, scale, in_a_slice_max);
    if (model.ids() >= std::min(mark, ids_max)) {
      expect_answers(model, scale);
      mark *= 2;
    }
  }
}

constexpr std::uint64_t kBillion = 1'000'000'000;

// As a billion would, with a 256th of all capacities.
TEST(DedupModelTest, WhatAnIdCostsGrowsLittleWithTheIdsInTheWindow) {
  if (kIsSanitized) {
    GTEST_SKIP() << kCostsAreOfOthers;
  }
  expect_little_grows(Scale(256), kBillion / 256, 1U << 16U);
}

TEST(DedupModelSoakTest, WhatAnIdCostsGrowsLittleUpToABillion) {
  expect_little_grows(Scale(1), kBillion, 1U << 21U);
}

// Of 33 million ids in 32 slices.
TEST(DedupModelSoakTest, ALargeBucketThatIsHalfMergedIsThereAfterARestart) {
  Scale scale(1);
  scale.settings.bucket_ids_min = 1U << 25U;
  Model model(scale);
  constexpr BucketId kFirst{0};
  do {
    model.add_checkpoint();
    ASSERT_LE(model.ids(), 2 * scale.settings.bucket_ids_min);
  } while (!model.is_half_merged(kFirst));
  for (int restarts = 0; model.is_half_merged(kFirst); ++restarts) {
    if (restarts % 12 == 0) {
      model.restart();
      EXPECT_LE(model.ask_known(0).finds, 1.1);
      EXPECT_LE(model.ask_new().finds, 0.01);
    }
    model.add_checkpoint();
  }
  model.restart();
  EXPECT_LE(model.ask_known(0).finds, 1.1);
}

/// Of a steady stream, once what the first span began with is over.
void expect_few_filters(std::uint64_t ids_a_span, std::uint64_t a_span, double finds_max) {
  const Scale scale(256);
  Model model(scale);
  for (std::uint64_t span = 0; span < 12; ++span) {
    const std::uint64_t first = model.ids();
    while (model.ids() < first + ids_a_span + ids_a_span / 10 * (span % 3)) {
      model.add_checkpoint();
      const DedupStats stats = model.stats();
      if (span > 4) {
        ASSERT_LE(stats.buckets, 5 * a_span + 1) << span;
        ASSERT_LE(stats.filter_bytes, 5 * stats.ids) << span;
      }
    }
    const Asked of_new = model.ask_new();
    if (span > 4) {
      EXPECT_LE(of_new.finds, finds_max) << span;
    }
    EXPECT_LE(model.ask_known(first).finds, 1.1);
    model.end_span();
  }
}

// As 23 to 28 million ids a span would.
TEST(DedupModelTest, SpansThatAreOverHaveOneFilter) {
  if (kIsSanitized) {
    GTEST_SKIP() << kCostsAreOfOthers;
  }
  expect_few_filters(90'000, 1, 0.006);
}

// As 51 to 61 million would.
TEST(DedupModelTest, LargeSpansThatAreOverHaveTwoFilters) {
  if (kIsSanitized) {
    GTEST_SKIP() << kCostsAreOfOthers;
  }
  expect_few_filters(200'000, 2, 0.011);
}

// A large bucket has hundreds of runs, and an id that its filter takes for one of them is in none.
TEST(DedupModelTest, TheFilterOfARunSeldomClaimsAnother) {
  constexpr std::uint64_t kIds = 1U << 17U;
  const IdRun run = make_run(0, kIds);
  int maybes = 0;
  for (std::uint64_t number = 0; number < 2 * kIds; ++number) {
    const Hash128 id = ComputedIdsStore::id_of(number).id;
    if (number < kIds) {
      run.filter->add(id);
    } else {
      maybes += run.maybe(BloomBits(id)) ? 1 : 0;
    }
  }
  EXPECT_LE(maybes, static_cast<int>(kIds) * 2 / 1'000);
}

TEST(DedupModelTest, ASliceHasAMillionIdsAtMost) {
  for (std::uint64_t ids = 1; ids <= 1U << 27U; ids *= 2) {
    EXPECT_LE(ids / SlicePlan(page_bits_for(ids)).count(), 1U << 20U) << ids;
  }
}

}  // namespace
}  // namespace hapax
