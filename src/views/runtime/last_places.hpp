// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace hapax {

/// Where a group, or a key, is in the order in which they are kept: by IdHasher::group(), of equal
/// ones by their bytes. So which ones are kept is as random, and cannot be chosen without the key.
struct GroupPlace {
  std::uint64_t hash = 0;
  std::string_view group = {};

  friend auto operator<=>(const GroupPlace&, const GroupPlace&) = default;
};

/// What a key weighs, whatever its states are. Another weight makes other samples of stored views.
constexpr std::size_t weight_of(std::string_view key) {
  return 64 + key.size();
}

/// Of a set of places the last ones: all that are behind some place. Threading: one owner.
class LastPlaces {
 public:
  /// Of an empty set. Of more than `known_max` the first is forgotten, unless those behind it weigh
  /// less than `weight_min`.
  explicit LastPlaces(std::size_t known_max, std::size_t weight_min = 0)
      : known_max_(known_max), weight_min_(weight_min) {}

  struct Place {
    std::uint64_t hash;
    std::string group;

    GroupPlace place() const { return {.hash = hash, .group = group}; }
    friend bool operator<(const Place& a, const Place& b) { return a.place() < b.place(); }
  };
  using Places = std::set<Place>;

  /// The set has one more.
  void add(const GroupPlace& place);
  /// The set has its last one no more, which is known.
  void remove_last() { forget(std::prev(places_.end())); }
  /// Those that are known, ascending.
  const Places& places() const { return places_; }
  /// They are the set.
  bool is_whole() const { return is_whole_; }

  /// Knows the last ones alone, not more than that.
  void shrink(std::size_t known);
  void forget_all();
  std::size_t weight() const { return weight_; }
  /// Of memory.
  std::size_t bytes() const { return kPlaceBytes * places_.size() + weight_; }

 private:
  static constexpr std::size_t kPlaceBytes = 26;  // Beside the weight, with the allocator's.

  void forget(Places::iterator one);

  std::size_t known_max_;
  std::size_t weight_min_;
  Places places_;
  bool is_whole_ = true;
  std::size_t weight_ = 0;  // Of those.
};

}  // namespace hapax
