// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "bytes/bytes.hpp"
#include "core/result.hpp"

namespace hapax {

/// The parts of a processor's manifest (docs/formats/state.md). Stored: values never change.
enum class ManifestSection : std::uint32_t {
  kWatermark = 1,
  kPartitions = 2,
  kBooks = 3,
  kFormerView = 4,  ///< Of version 3: events_per_minute, when it was no declared view.
  kBuckets = 5,
  kClock = 6,
  kNames = 7,
  kViews = 8,
  kCounted = 9,
  kViewTallies = 10,
  kViewHours = 11,
  kNumbers = 12,
  kIdRuns = 13,
};

/// Writes a manifest: what the tables of a state stand for. `key_id` names the key that ids were
/// hashed with; `number` is one more than that of the manifest before.
class ManifestWriter {
 public:
  ManifestWriter(std::uint64_t key_id, std::uint64_t number);

  /// `fill` is given a ByteWriter. Each section once.
  template <typename Fill>
  void add(ManifestSection section, Fill fill) {
    std::string content;
    ByteWriter out(content);
    fill(out);
    append(section, content);
  }
  std::string finish() && { return std::move(manifest_); }

 private:
  void append(ManifestSection section, std::string_view content);

  std::string manifest_;
};

/// Reads what ManifestWriter wrote. Sections carry their lengths, so that one can be added without
/// a new version: who reads an older manifest does without it, who meets one that it does not know
/// refuses. Lifetime: the manifest must outlive it.
class ManifestReader {
 public:
  /// Of this version or the one before. Errors: kInvalid, of another version, another key, or with
  /// sections of a newer program; kCorrupt.
  static Result<ManifestReader> open(std::string_view manifest, std::uint64_t key_id);

  std::uint64_t number() const { return number_; }

  /// An older program did without some.
  bool has(ManifestSection section) const { return sections_.contains(section); }

  using Read = std::function<Result<void>(ByteReader&)>;
  /// `read` must take all of the section. Errors: kCorrupt, it is not there or has another length;
  /// those of `read`.
  Result<void> read(ManifestSection section, const Read& read) const;
  /// The same of what a section begins with. Does nothing when there is no such section.
  void read_head(ManifestSection section, const std::function<void(ByteReader&)>& read) const;

 private:
  std::uint64_t number_ = 0;
  std::map<ManifestSection, std::string_view> sections_;
};

}  // namespace hapax
