// SPDX-License-Identifier: Apache-2.0
// compression <log folder> <scratch file>: what compressing the raw segments of a log takes and
// gives, by level and block size, and how fast the twins are read beside the raw ones. Times are of
// this thread's CPU; each twin is read in turn with its raw segment, and the ratio is the median.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "adapters/local_log/twin_writer.hpp"
#include "adapters/posix/posix_storage.hpp"

namespace hapax {
namespace {

constexpr int kRounds = 5;

double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

struct Scanned {
  std::uint64_t records = 0;
  std::uint64_t end = 0;
  double ns = 0;
};

/// All frames, as a reader takes them.
Result<Scanned> scan(const File& file, const log_format::Generation& generation) {
  Scanned scanned;
  const auto began = cpu_ns();
  FrameScanner scanner(file, generation, log_format::kHeaderBytes);
  HAPAX_ASSIGN(const auto size, file.size());
  while (true) {
    HAPAX_ASSIGN(const auto frame, scanner.next(size));
    if (!frame) {
      break;
    }
    HAPAX_ASSIGN(const auto batches, log_format::decode_batches(frame->header, frame->bytes));
    for (const auto& batch : batches) {
      scanned.records += batch.record_count;
    }
  }
  scanned.end = scanner.position();
  scanned.ns = cpu_ns() - began;
  return scanned;
}

struct Raw {
  std::string path;
  std::unique_ptr<File> file;
  log_format::Generation generation;
  Scanned scanned;
};

Result<std::vector<Raw>> open_sealed(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(auto places, list_segments(directory, storage));
  places.pop_back();  // The active one.
  std::vector<Raw> segments;
  for (const auto& [sequence, path] : places) {
    HAPAX_ASSIGN(auto file, open_segment(path, storage));
    HAPAX_ASSIGN(const auto header, read_segment_header(*file, path, sequence));
    HAPAX_ASSIGN(const auto scanned, scan(*file, header.generation));
    segments.push_back({.path = path,
                        .file = std::move(file),
                        .generation = header.generation,
                        .scanned = scanned});
  }
  return segments;
}

struct Figures {
  double bytes = 0;
  double compress_ns = 0;
  std::vector<double> read_ratios;
};

Result<void> measure(const Raw& raw, const TwinSource& source, const std::string& scratch,
                     Storage& storage, Figures& figures) {
  const auto never = [] { return false; };
  {
    HAPAX_ASSIGN(const auto twin, storage.open(scratch, OpenMode::kCreateOrTruncate));
    const auto began = cpu_ns();
    HAPAX_ASSIGN(const auto bytes, write_twin(*raw.file, source, *twin, never));
    HAPAX_TRY(verify_twin(*raw.file, source, scratch, storage, never));
    figures.compress_ns += cpu_ns() - began;
    figures.bytes += static_cast<double>(bytes);
  }
  for (int round = 0; round < kRounds; ++round) {
    HAPAX_ASSIGN(auto file, storage.open(scratch, OpenMode::kRead));
    HAPAX_ASSIGN(const auto twin, CompressedSegment::open(scratch, std::move(file)));
    HAPAX_ASSIGN(const auto before, scan(*raw.file, raw.generation));
    HAPAX_ASSIGN(const auto after, scan(*twin, raw.generation));
    figures.read_ratios.push_back(after.ns / before.ns);
  }
  return {};
}

Result<void> run(const std::string& directory, const std::string& scratch) {
  PosixStorage storage;
  HAPAX_ASSIGN(const auto segments, open_sealed(directory, storage));
  double records = 0;
  double bytes = 0;
  double read_ns = 0;
  for (const auto& raw : segments) {
    records += static_cast<double>(raw.scanned.records);
    bytes += static_cast<double>(raw.scanned.end);
    read_ns += raw.scanned.ns;
  }
  fmt::print("{} segments, {} records, raw: {:.1f} bytes, read in {:.0f} ns a record\n",
             segments.size(), records, bytes / records, read_ns / records);
  fmt::print(
      "| level | block KiB | bytes a record | compress and verify, ns | read, twin / raw |\n");
  for (const auto& [level, kib] :
       {std::pair(1, 64U), {1, 256U}, {1, 1024U}, {3, 256U}, {6, 256U}, {9, 256U}}) {
    Figures figures;
    for (const auto& raw : segments) {
      const TwinSource source{.generation = raw.generation,
                              .content_bytes = raw.scanned.end,
                              .block_bytes = kib << 10U,
                              .level = level};
      HAPAX_TRY(measure(raw, source, scratch, storage, figures));
    }
    std::ranges::sort(figures.read_ratios);
    fmt::print("| {} | {} | {:.1f} | {:.0f} | {:.2f} |\n", level, kib, figures.bytes / records,
               figures.compress_ns / records, figures.read_ratios[figures.read_ratios.size() / 2]);
  }
  return storage.unlink(scratch);
}

}  // namespace
}  // namespace hapax

int main(int count, char** arguments) try {
  if (count != 3) {
    std::fputs("usage: compression <log folder> <scratch file>\n", stderr);
    return 2;
  }
  const auto measured = hapax::run(arguments[1], arguments[2]);
  if (!measured) {
    std::fprintf(stderr, "%s\n", measured.error().text().c_str());
  }
  return measured ? 0 : 1;
} catch (const std::exception& exception) {
  std::fprintf(stderr, "%s\n", exception.what());
  return 1;
}
