// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_compressor.hpp"

#include <fmt/format.h>

#include <exception>
#include <string_view>
#include <utility>

#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "adapters/local_log/twin_writer.hpp"

namespace hapax {
namespace {

Error could_not(std::string_view what, const std::string& path, Error error) {
  error.message = fmt::format("cannot {} {}: {}", what, path, error.message);
  return error;
}

/// For want of memory, say, or of threads.
template <typename Make>
auto guarded(const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& exception) {
    return Error{
        .kind = ErrorKind::kExhausted, .message = exception.what(), .resource = Resource::kSystem};
  }
}

/// That the content ends with a seal and nothing follows: what is behind it is left out.
Result<void> check_end(const File& raw, const LogCatalog::Claimed& claimed) {
  const auto& [segment, content_bytes] = claimed;
  const auto seal_bytes = log_format::seal_bytes(segment.header.partitions.size());
  FrameScanner scanner(raw, segment.header.generation, content_bytes - seal_bytes);
  HAPAX_ASSIGN(const auto seal, scanner.next(content_bytes));
  HAPAX_ASSIGN(const bool more, scanner.at_frame());
  if (seal && seal->header.batch_count == 0 && !more) {
    return {};
  }
  return Error{.kind = ErrorKind::kCorrupt, .message = "it does not end with its seal"};
}

/// Returns the bytes of the twin, which is verified; 0 when it was stopped.
Result<std::uint64_t> make_twin(const LogCatalog::Claimed& claimed, const std::string& path,
                                Storage& storage, const IsStopped& stopped) {
  const TwinSource source{.generation = claimed.segment.header.generation,
                          .content_bytes = claimed.content_bytes};
  HAPAX_ASSIGN(const auto raw, storage.open(claimed.segment.path, OpenMode::kRead));
  HAPAX_TRY(check_end(*raw, claimed));
  HAPAX_ASSIGN(const auto twin, storage.open(path, OpenMode::kCreateOrTruncate));
  HAPAX_ASSIGN(const auto bytes, write_twin(*raw, source, *twin, stopped));
  if (bytes == 0) {
    return bytes;
  }
  HAPAX_ASSIGN(const bool verified, verify_twin(*raw, source, path, storage, stopped));
  return verified ? bytes : 0;
}

}  // namespace

SegmentCompressor::SegmentCompressor(std::string directory, LogCatalog& catalog,
                                     SegmentFiles& files, Storage& storage, const Clock& clock,
                                     Run run)
    : directory_(std::move(directory)),
      catalog_(catalog),
      files_(files),
      storage_(storage),
      clock_(clock),
      run_(std::move(run)) {}

Result<SegmentCompressor::Outcome> SegmentCompressor::compress_next(
    const std::function<bool()>& stopped) {
  if (paused_until_ && clock_.monotonic() < *paused_until_) {
    return Outcome::kNothingToDo;
  }
  const auto claimed = catalog_.claim(left_alone());
  if (!claimed) {
    return Outcome::kNothingToDo;
  }
  const auto sequence = claimed->segment.header.generation.sequence;
  auto compressed = guarded([&] { return compress(*claimed, stopped); });
  if (compressed && *compressed) {
    failed_.erase(sequence);
    return Outcome::kCompressed;
  }
  catalog_.release();
  // What is left of it is written over by the next attempt, and removed by the next start.
  storage_.unlink(directory_ + "/" + std::string(twin_format::kUnfinished))
      .permit_unchecked_error();
  if (compressed) {
    return Outcome::kStopped;
  }
  auto error = could_not("compress", claimed->segment.path, std::move(compressed).error());
  failed_.insert_or_assign(sequence, failed(error));
  if (error.kind == ErrorKind::kExhausted) {  // For the others, too.
    paused_until_ = failed_.at(sequence).again_at;
  }
  return error;
}

std::set<std::uint64_t> SegmentCompressor::left_alone() {
  std::set<std::uint64_t> sequences;
  const auto now = clock_.monotonic();
  failed_.erase(failed_.begin(), failed_.lower_bound(catalog_.first_sequence()));
  for (const auto& [sequence, failed] : failed_) {
    if (now < failed.again_at) {
      sequences.insert(sequence);
    }
  }
  return sequences;
}

SegmentCompressor::Failed SegmentCompressor::failed(const Error& error) {
  ++stats_.failures;
  return {.error = error.text(), .again_at = clock_.monotonic() + kRetryAfter};
}

Result<bool> SegmentCompressor::compress(const LogCatalog::Claimed& claimed,
                                         const std::function<bool()>& stopped) {
  const auto unfinished = directory_ + "/" + std::string(twin_format::kUnfinished);
  const auto make = [&] {
    return make_twin(claimed, unfinished, storage_,
                     [&] { return stopped() || catalog_.is_unwanted(); });
  };
  Result<std::uint64_t> made(std::uint64_t{0});
  run_([&] { made = guarded(make); });
  HAPAX_ASSIGN(const auto twin_bytes, std::move(made));
  if (twin_bytes == 0) {
    return false;
  }
  HAPAX_TRY(storage_.rename(unfinished, twin_of(claimed.segment.path)));
  HAPAX_TRY(put_in_place(claimed, twin_bytes));
  return true;
}

/// From here on readers open the twin, and the raw file waits for those who have it.
Result<void> SegmentCompressor::put_in_place(const LogCatalog::Claimed& claimed,
                                             std::uint64_t twin_bytes) {
  const auto& raw = claimed.segment;
  const auto twin = twin_of(raw.path);
  if (auto synced = storage_.sync_directory(directory_); !synced) {
    storage_.unlink(twin).permit_unchecked_error();  // A start removes it, too.
    return synced;
  }
  RawLeft left{.path = raw.path,
               .bytes = raw.bytes,
               .sequence = raw.header.generation.sequence,
               .readers = raw.lease};
  left_.reserve(left_.size() + 1);  // Behind the next line nothing may fail.
  catalog_.replace_claimed(twin, twin_bytes);
  left_.push_back(std::move(left));
  ++stats_.segments;
  stats_.raw_bytes += raw.bytes;
  stats_.twin_bytes += twin_bytes;
  return {};
}

Result<void> SegmentCompressor::recycle_raw() {
  if (failed_to_recycle_ && clock_.monotonic() < failed_to_recycle_->again_at) {
    return {};
  }
  failed_to_recycle_.reset();
  Result<void> outcome;
  std::erase_if(left_, [&](const RawLeft& raw) {
    if (!raw.readers.expired()) {
      return false;
    }
    if (auto recycled = files_.recycle(raw.path, raw.bytes); !recycled) {
      outcome = could_not("take away", raw.path, std::move(recycled).error());
      failed_to_recycle_ = failed(outcome.error());
      return false;
    }
    catalog_.drop_raw(raw.sequence);
    return true;
  });
  return outcome;
}

/// Of several failures the one of the oldest segment is told, so that it changes seldom.
CompressionStats SegmentCompressor::stats() const {
  auto stats = stats_;
  if (!failed_.empty()) {
    stats.error = failed_.begin()->second.error;
  } else if (failed_to_recycle_) {
    stats.error = failed_to_recycle_->error;
  }
  return stats;
}

}  // namespace hapax
