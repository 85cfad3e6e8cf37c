// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "hash/id_hasher.hpp"
#include "ports/name_limit.hpp"
#include "ports/state_store.hpp"
#include "stream/flat_table.hpp"

namespace hapax {

/// The days on which a name came first and last, as utc_day() says.
struct NameDays {
  std::uint32_t first;
  std::uint32_t last;
};

/// Names that are new in the state or came on another day, to be written by another thread.
struct FrozenNames {
  struct Name {
    std::string key;
    NameDays days;
  };
  std::vector<Name> names;  ///< By key, distinct.
  bool dropped = false;     ///< All that were stored are forgotten.

  void add_to(StateWrite& write) const;
};

/// The event names of all sources, and the limit of new ones. A name comes in by admit(), before
/// its event is in the log, or by learn(), when its event is counted; so
/// what is learned is a function of the log, and what was admitted in vain is known until the
/// process ends. Stored as the table "names" (docs/formats/state.md).
/// Memory: 16 bytes a name in a table that is 3/8 to 3/4 full: 32 MiB for a million, half as much
/// more while the table grows. There are at most new_per_day names for each source and day on which
/// the limit was in force.
/// Threading: what NameLimit has, any thread; all else is the processor's.
class KnownNames : public NameLimit {
 public:
  /// `new_per_day`: of each source; 0: no limit, and nothing is known. `key`: names are known by
  /// their hashes under it.
  KnownNames(std::uint64_t new_per_day, const HashKey& key);

  bool admit(std::string_view source, std::string_view name, ProcessingTime received_at) override;
  NameLimitStats stats() const override;

  /// Whether there is a limit at all.
  bool limited() const { return new_per_day_ != 0; }
  /// From now on what is not known is refused beyond the limit. Call it once all names of the log
  /// up to a moment after the start are learned. No-op without a limit.
  void enforce();
  bool enforced() const { return enforced_.load(std::memory_order_acquire); }

  /// Events of `name`, or of that type without a name, were received in `days`. Cost: little for
  /// what was said a moment ago.
  void learn(std::string_view source, std::string_view name, NameDays days);

  /// Reads the table, on a new object. Errors: kCorrupt, it does not hold `count` names; those of
  /// the store.
  Result<void> restore(StateStore& store, std::uint64_t count);
  /// What was stored under a limit is to be dropped: there is none any more.
  void drop_stored() { drop_ = true; }

  /// Names that were learned: so many rows has the table once all that was frozen is in it.
  std::uint64_t learned() const { return learned_; }
  /// Takes what was learned since the last freeze.
  FrozenNames freeze();

 protected:
  /// The rest of admit() for a name that was not known a moment ago. Another request may have
  /// brought it in since: then it counts once.
  bool admit_unknown(std::string_view source, std::string_view name, ProcessingTime received_at);

 private:
  /// What FlatTable keeps.
  struct Name {
    std::uint64_t hash = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;  ///< 0: admitted, and not learned yet.

    bool vacant() const { return hash == 0; }
    bool same_key(const Name& other) const { return hash == other.hash; }
    std::uint64_t key_bits(std::uint64_t) const { return hash; }
  };
  /// Each with a lock of its own, so that threads seldom meet, and small enough to grow in no time.
  struct Shard {
    mutable SharedMutex mutex;
    FlatTable<Name> names HAPAX_GUARDED_BY(mutex);
  };
  struct Source {
    std::map<std::uint32_t, std::uint64_t> new_by_day;
    RefusedNames refused;
  };
  /// A name that was learned since the last freeze.
  struct Learned {
    std::string_view source;  ///< A key of sources_.
    std::uint64_t hash;
  };

  /// A name that was learned a moment ago.
  struct Recent {
    std::string source;
    std::string name;
    NameDays days = {.first = 1, .last = 0};
  };

  static constexpr std::size_t kShards = 16;

  Shard& shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }
  bool take_place(std::string_view source, ProcessingTime received_at);
  std::string_view move_place(std::string_view source, std::uint32_t from, std::uint32_t to);
  bool learn_hash(std::string_view source, std::uint64_t hash, NameDays days);

  const std::uint64_t new_per_day_;
  const IdHasher hasher_;
  std::atomic<bool> enforced_{false};
  std::array<Shard, kShards> shards_;

  mutable Mutex mutex_;  // Locked after a shard's.
  std::map<std::string, Source, std::less<>> sources_ HAPAX_GUARDED_BY(mutex_);

  // Of the processor.
  std::array<Recent, 256> recent_;  // By text_place() of the name.
  std::vector<Learned> unsaved_;
  std::uint64_t learned_ = 0;
  bool drop_ = false;
};

}  // namespace hapax
