// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "dedup/verdict_file.hpp"
#include "ports/log_source.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

struct VerdictLogSettings {
  std::string directory;  ///< Its own.
  std::uint32_t partition_count = 1;
  std::uint64_t key_id = 0;            ///< Of the key that the log's digests are made with.
  std::uint64_t file_bytes = 4 << 20;  ///< Above it a file takes no more blocks.
};

struct VerdictLogStats {
  std::uint64_t disk_bytes = 0;
  std::uint64_t unsaved = 0;          ///< Verdicts in memory only, a byte each.
  std::uint64_t blocks_damaged = 0;   ///< That were met since the start.
  std::uint64_t begun_anew = 0;       ///< Since the start; what was there before was not used.
  std::string begun_anew_reason;      ///< Of the last time.
  std::vector<Offset> complete_from;  ///< By partition; for what is before, dedup must be asked.
};

/// The verdicts that a checkpoint makes durable.
struct FrozenVerdicts {
  struct Part {
    PartitionId partition;
    VerdictRun run;
    Digest digest_after;
  };
  std::uint64_t life = 0;  ///< Of VerdictLog: they mean nothing once it has begun anew.
  std::vector<Part> parts;
  std::vector<Offset> log_starts;  ///< What is below is for nobody any more; by partition.
};

/// What dedup decided, by partition and offset, in files beside the log: about a bit a record.
/// A verdict that is durable stands: whoever reads the record again takes it and does not ask
/// dedup. All that is known is complete from an offset of each partition on; what stored bytes lack
/// is found to be missing, never wrong. The files are bound to the log by its key and by its
/// digests at the ends, which the owner compares.
/// Format: docs/formats/verdicts.md, version 1.
/// Threading: add(), freeze() and begin_anew() by one owner, who is also the only one to ask for
/// progress(); one save() at a time, on any thread; the rest by all threads at any time.
/// Lifetime: storage and random must outlive it.
class VerdictLog {
 public:
  /// Takes up what is in the folder, which it makes if it is not there. Verdicts of another key or
  /// of another number of partitions are removed. Cost: reads a header a file, and rewrites one.
  /// Errors: those of the disk; kInvalid, files of another format version.
  static Result<std::unique_ptr<VerdictLog>> open(VerdictLogSettings settings, Storage& storage,
                                                  Random& random);

  /// Of each partition what is durable: where it is complete from, where its last block begins,
  /// where it ends.
  std::vector<verdict_format::Progress> progress() const;
  /// Where verdicts end, those in memory included; by partition.
  std::vector<Offset> ends() const;
  /// Whether verdicts are of this process or begin_anew() was called: they need no comparison.
  bool is_compared() const { return compared_; }
  void set_compared() { compared_ = true; }

  /// From now on verdicts begin at `at`, what was before is not to be used: `reason`, empty when
  /// nothing was.
  void begin_anew(std::span<const PartitionStart> at, std::string reason);

  /// Adds what follows in a partition, where its verdicts end or before; what is known already is
  /// left as it is. Readers see it at once.
  void add(PartitionId partition, const VerdictRun& run);

  /// What is in memory up to `at`, with the log's digests there.
  FrozenVerdicts freeze(std::span<const PartitionStart> at, std::vector<Offset> log_starts) const;
  /// Makes it durable, and removes files that hold only what is for nobody. May be called again
  /// after an error. Errors: those of the disk.
  Result<void> save(const FrozenVerdicts& frozen);

  /// How many verdicts are in memory only.
  std::uint64_t unsaved() const;
  VerdictLogStats stats() const;

 private:
  friend class VerdictReader;

  /// Where the next verdicts of a partition at or after an offset are, if there are any.
  struct Place {
    Offset from;
    Offset saved;                                ///< Where those in files end.
    VerdictRun in_memory;                        ///< All from there on, when they are;
    std::optional<std::uint64_t> sequence = {};  ///< else the file,
    std::uint64_t file_bytes = 0;                ///< which has at least so many bytes,
    bool is_last = false;
    Offset until;  ///< and up to where it is asked.
  };
  struct Partition {
    verdict_format::Progress saved;
    std::vector<Verdict> unsaved;  ///< From saved.end on.

    Offset end() const { return advance(saved.end.offset, unsaved.size()); }
  };
  struct Known {
    verdict_format::FileHeader header;
    std::uint64_t bytes = 0;
  };

  VerdictLog(VerdictLogSettings settings, Storage& storage, Random& random);

  using Part = FrozenVerdicts::Part;
  struct Unsaved {
    std::vector<verdict_format::Progress> before;
    std::vector<Part> parts;
  };

  Result<void> load();
  Result<std::vector<Known>> list();
  Result<void> drop_other_logs(std::vector<Known>& files);
  Result<void> drop_copied(std::vector<Known>& files);
  Result<void> take_up(const Known& last);
  Result<void> make_file(std::vector<verdict_format::Progress> partitions,
                         const std::vector<Part>& parts);
  Result<void> append(const std::vector<Part>& parts);
  Unsaved not_saved(const FrozenVerdicts& frozen) const;
  void commit(std::uint64_t life, const std::vector<Part>& parts);
  void retire(const std::vector<Offset>& log_starts);
  bool oldest_is_for_nobody(const std::vector<Offset>& log_starts) const;
  std::string path_of(std::uint64_t sequence) const;
  Place locate(PartitionId partition, Offset from) const;
  void note_damage(std::uint64_t sequence, std::size_t blocks);

  const VerdictLogSettings settings_;
  Storage& storage_;
  Random& random_;
  bool compared_ = false;

  // Of whoever saves.
  std::unique_ptr<File> file_;  // The last one; null: the next one is to be made.
  std::uint64_t file_life_ = 0;
  std::uint64_t file_salt_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t next_sequence_ = 1;

  mutable Mutex mutex_;
  std::vector<Known> files_ HAPAX_GUARDED_BY(mutex_);  // By sequence.
  std::vector<Partition> partitions_ HAPAX_GUARDED_BY(mutex_);
  std::uint64_t life_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, std::size_t> damaged_ HAPAX_GUARDED_BY(mutex_);  // Blocks, by sequence.
  std::uint64_t begun_anew_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::string begun_anew_reason_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
