// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "ports/storage.hpp"

namespace hapax {

struct VerifyReport {
  struct Partition {
    Offset start;
    Offset end;
    Digest digest;  ///< The log's account from offset 0, recomputed where records are retained.
  };

  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t controls = 0;  ///< Control records; each partition has its own.
  std::uint64_t lost = 0;      ///< Records that stand for those that a repair could not read.
  std::map<std::uint32_t, Partition> partitions;
  std::vector<Error> problems;  ///< In the order of the log; empty when all of it is sound.
};

/// What a digest adds for a record, under the log's key.
using IdHash = std::function<Hash128(std::string_view source, std::string_view message_id)>;

inline IdHash id_hash_of(const IdHasher& ids) {
  return [ids](std::string_view source, std::string_view message_id) {
    return ids.event_id(source, message_id);
  };
}

struct VerifyOptions {
  IdHash id_hash;
  /// Told the path of each segment as it begins.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

/// Reads every retained byte of a log and checks everything there is to check: headers, checksums,
/// seals, that offsets are consecutive, that every record is an event or a control record, that the
/// digests come out when the ids are hashed again, and that the durable end is there. After damage
/// it goes on with the next segment. Errors: kInvalid, there is no log, or one of another version.
Result<VerifyReport> verify_log(const std::string& directory, Storage& storage,
                                const VerifyOptions& options);

}  // namespace hapax
