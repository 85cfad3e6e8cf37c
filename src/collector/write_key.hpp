// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/refusal.hpp"
#include "core/digest.hpp"
#include "core/mutex.hpp"
#include "ports/random.hpp"

namespace hapax {

constexpr std::string_view kDefaultSource = "default";
constexpr std::size_t kSourceBytesMax = 200;

/// The write key that stands before a request's body.
struct HeadKey {
  std::string text;         ///< Empty: there is none.
  bool beats_body = false;  ///< It is from a header, which comes before the body's key.
};

/// The sources that events may belong to, by write key.
/// With keys configured each names a source. Only their hashes are kept, under seeds of this
/// process, and compared as a whole: how long a refusal takes says nothing of a key.
/// Without any, the key itself is the source, or kDefaultSource without one; the first
/// `sources_limit` of them that come stay open until the process ends.
/// Threading: all calls may run at the same time.
class Sources {
 public:
  using WriteKeys = std::map<std::string, std::string, std::less<>>;  // Key -> source.

  Sources(const WriteKeys& write_keys, std::size_t sources_limit, Random& random);

  /// The key of the Authorization header's value (Basic with or without the colon), else of
  /// X-Write-Key's (up to a colon), else of the query; all empty when absent. A damaged key is
  /// refused also where none is needed: its events belong to nobody else. Refuses: 401
  /// invalid_write_key.
  OrRefusal<HeadKey> check_head(std::string_view authorization, std::string_view header,
                                std::string_view query) const;

  /// The source of a request with `head` and, at the top level of its body, the writeKey `body`.
  /// Valid as long as this object.
  /// Refuses: 401 missing_write_key, invalid_write_key, too_many_sources.
  OrRefusal<std::string_view> find(const HeadKey& head, std::optional<std::string_view> body);

  /// The source that `head` alone names, if it is configured or open; else empty.
  std::string_view known(const HeadKey& head) const;

 private:
  struct LowHalf {
    std::size_t operator()(const Hash128& hash) const { return hash.low; }
  };
  struct SameInConstantTime {
    bool operator()(const Hash128& left, const Hash128& right) const {
      return ((left.low ^ right.low) | (left.high ^ right.high)) == 0;
    }
  };

  Hash128 hash_of(std::string_view key) const;
  bool is_possible(std::string_view key) const;
  OrRefusal<std::string_view> open(std::string_view source);
  std::string_view find_open(std::string_view source) const;

  const Hash128 seeds_;
  std::unordered_map<Hash128, std::string, LowHalf, SameInConstantTime> by_key_;
  const std::size_t sources_limit_;

  mutable SharedMutex mutex_;
  std::set<std::string, std::less<>> open_ HAPAX_GUARDED_BY(mutex_);  // Without configured keys.
};

}  // namespace hapax
