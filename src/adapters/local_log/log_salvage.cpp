// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_salvage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/segment_scan.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.

/// The generation of the first frame, if its checksum is right: where a header is lost.
Result<std::optional<Generation>> first_generation(const File& file) {
  std::array<std::byte, kFrameHeaderBytes> bytes{};
  HAPAX_ASSIGN(const auto got, file.read_at(kHeaderBytes, bytes));
  const auto generation = generation_at(std::span(bytes).first(got), kHeaderBytes);
  if (!generation) {
    return generation;
  }
  HAPAX_ASSIGN(const bool whole, FrameScanner(file, *generation, kHeaderBytes).at_frame());
  return whole ? generation : std::nullopt;
}

/// A twin says it itself.
Result<Generation> generation_without_header(const std::string& path, const File& file,
                                             Storage& storage) {
  if (is_twin(path)) {
    HAPAX_ASSIGN(auto twin, storage.open(path, OpenMode::kRead));
    HAPAX_ASSIGN(const auto segment, CompressedSegment::open(path, std::move(twin)));
    return segment->head().generation;
  }
  HAPAX_ASSIGN(const auto generation, first_generation(file));
  return generation.value_or(Generation{});
}

Result<SegmentHeader> header_of(const File& file) {
  std::vector<std::byte> bytes(kHeaderBytes);
  HAPAX_ASSIGN(const auto got, file.read_at(0, bytes));
  return decode_header_of_any_version(std::span<const std::byte>(bytes).first(got));
}

Result<std::optional<SalvagedSegment>> find_segment(const std::string& path, std::uint64_t sequence,
                                                    Storage& storage,
                                                    const std::function<void(Error)>& problem) {
  auto file = open_segment(path, storage);
  if (!file && file.error().kind == ErrorKind::kCorrupt) {
    problem(std::move(file).error());
    return std::optional<SalvagedSegment>();
  }
  if (!file) {
    return std::move(file).error();
  }
  auto header = header_of(**file);
  SalvagedSegment segment{.path = path, .generation = {}, .header = {}};
  if (header) {
    segment.generation = header->generation;
    segment.header = std::move(*header);
  } else if (header.error().kind == ErrorKind::kInvalid) {
    return std::move(header).error();
  } else {
    problem(damaged_frame(path, 0, header.error().message));
    HAPAX_ASSIGN(segment.generation, generation_without_header(path, **file, storage));
  }
  if (segment.generation.sequence != sequence) {
    problem(damaged_frame(path, 16, "it is not the segment that its name says, or none"));
    return std::optional<SalvagedSegment>();
  }
  return std::optional(std::move(segment));
}

Result<void> salvage_frame(const SalvagedSegment& segment, const FrameScanner::Frame& frame,
                           const SalvageSink& sink) {
  const auto batches = decode_batches(frame.header, frame.bytes);
  if (!batches) {
    sink.problem(damaged_frame(segment.path, frame.position, batches.error().message));
    return {};
  }
  return sink.frame(*batches);
}

}  // namespace

Result<void> check_format_version(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  std::vector<SegmentPlace> segments;
  if (there) {
    HAPAX_ASSIGN(segments, list_segments(directory, storage));
  }
  if (segments.empty()) {
    return {};
  }
  const auto& [sequence, path] = segments.front();
  auto file = open_segment(path, storage);
  if (!file) {
    return file.error().kind == ErrorKind::kCorrupt ? Result<void>() : std::move(file).error();
  }
  auto header = read_segment_header(**file, path, sequence);
  return !header && header.error().kind == ErrorKind::kInvalid ? std::move(header).error()
                                                               : Result<void>();
}

Result<std::vector<SalvagedSegment>> find_salvageable(const std::string& directory,
                                                      Storage& storage,
                                                      const std::function<void(Error)>& problem) {
  HAPAX_ASSIGN(const auto places, list_segments(directory, storage));
  std::vector<SalvagedSegment> segments;
  std::uint64_t expected = 0;
  for (const auto& [sequence, path] : places) {
    if (expected != 0 && sequence != expected) {
      problem(damaged_frame(path, 0, fmt::format("{} is missing", segment_name(expected))));
    }
    expected = sequence + 1;
    HAPAX_ASSIGN(auto segment, find_segment(path, sequence, storage, problem));
    if (segment) {
      segments.push_back(std::move(*segment));
    }
  }
  if (segments.empty()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("there is no segment in {} that can be read", directory)};
  }
  return segments;
}

Result<void> salvage_frames(const SalvagedSegment& segment, Storage& storage,
                            const SalvageSink& sink) {
  HAPAX_ASSIGN(const auto file, open_segment(segment.path, storage));
  HAPAX_ASSIGN(const auto size, file->size());
  std::optional<FrameScanner> scanner(std::in_place, *file, segment.generation, kHeaderBytes);
  while (true) {
    const auto frame = scanner->next(size);
    const bool unreadable = !frame && frame.error().kind == ErrorKind::kCorrupt;
    if (unreadable) {  // A block of a compressed segment.
      sink.problem(frame.error());
    } else {
      HAPAX_TRY(frame);
    }
    if (frame && *frame) {
      HAPAX_TRY(salvage_frame(segment, **frame, sink));
      continue;
    }
    const auto end = scanner->position();
    HAPAX_ASSIGN(const auto later, find_frame(*file, segment.generation, end + kAlignment));
    if (!later) {
      return {};
    }
    sink.problem(damaged_frame(segment.path, end, fmt::format("it goes on at byte {}", *later)));
    scanner.emplace(*file, segment.generation, *later);
  }
}

}  // namespace hapax
