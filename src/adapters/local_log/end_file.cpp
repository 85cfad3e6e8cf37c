// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/end_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::string_view kName = "end";
constexpr std::string_view kMagic = "HAPAXEND";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPlaces = 2;
constexpr std::uint64_t kPlaceDistance = 4096;
constexpr std::size_t kCrcAt = 8;
constexpr std::size_t kOffsetsAt = 56;
constexpr std::size_t kNoteBytes = 1024;

static_assert(kOffsetsAt + std::size_t{8} * log_format::kPartitionsMax <= kNoteBytes);

using Note = std::array<std::byte, kNoteBytes>;

struct Numbered {
  std::uint64_t number = 0;
  DurableEnd end;
};

template <typename T>
void put(Note& note, std::size_t at, T value) {
  std::memcpy(note.data() + at, &value, sizeof(value));
}

template <typename T>
T get(const Note& note, std::size_t at) {
  T value;
  std::memcpy(&value, note.data() + at, sizeof(value));
  return value;
}

std::uint32_t checksum(const Note& note) {
  return crc32c(std::span(note).subspan(kCrcAt + 4));
}

Note encode(const Numbered& numbered) {
  Note note{};
  std::memcpy(note.data(), kMagic.data(), kMagic.size());
  put(note, 12, kVersion);
  put(note, 16, numbered.number);
  put(note, 24, numbered.end.generation.sequence);
  put(note, 32, numbered.end.generation.salt);
  put(note, 40, numbered.end.position);
  put(note, 48, static_cast<std::uint32_t>(numbered.end.offsets.size()));
  for (std::size_t p = 0; p < numbered.end.offsets.size(); ++p) {
    put(note, kOffsetsAt + 8 * p, numbered.end.offsets[p].value());
  }
  put(note, kCrcAt, checksum(note));
  return note;
}

/// Nothing when it is not whole.
std::optional<Numbered> decode(const Note& note) {
  const auto partition_count = get<std::uint32_t>(note, 48);
  if (std::memcmp(note.data(), kMagic.data(), kMagic.size()) != 0 ||
      get<std::uint32_t>(note, kCrcAt) != checksum(note) ||
      get<std::uint32_t>(note, 12) != kVersion || partition_count > log_format::kPartitionsMax) {
    return std::nullopt;
  }
  Numbered numbered{.number = get<std::uint64_t>(note, 16),
                    .end = {.generation = {.sequence = get<std::uint64_t>(note, 24),
                                           .salt = get<std::uint64_t>(note, 32)},
                            .position = get<std::uint64_t>(note, 40),
                            .offsets = {}}};
  for (std::size_t p = 0; p < partition_count; ++p) {
    numbered.end.offsets.emplace_back(get<std::uint64_t>(note, kOffsetsAt + 8 * p));
  }
  return numbered;
}

/// The newer of the two; number 0 when nothing was ever written. A crash damages one of them at
/// most, and it leaves the other empty or whole. One that the disk cannot read is a damaged one.
Result<Numbered> newest(const File& file, const std::string& path) {
  Numbered newest;
  std::size_t damaged = 0;
  Result<std::size_t> unread(std::size_t{0});
  for (std::size_t place = 0; place < kPlaces; ++place) {
    Note note{};
    if (auto read = file.read_at(place * kPlaceDistance, note); !read) {
      unread = std::move(read);
      continue;
    }
    const auto numbered = decode(note);
    if (numbered && numbered->number > newest.number) {
      newest = *numbered;
    }
    damaged += numbered || note == Note{} ? 0 : 1;
  }
  if (newest.number == 0) {
    HAPAX_TRY(unread);
  }
  if (damaged == kPlaces) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = fmt::format("{} cannot be read", path),
                 .hint =
                     "it says how far the log was durable; without it a start cannot tell a "
                     "torn end from a lost one. Restore it from a copy, or remove it"};
  }
  return newest;
}

}  // namespace

std::uint64_t missing_records(const DurableEnd& end,
                              const std::vector<PartitionStart>& partitions) {
  std::uint64_t missing = 0;
  for (std::size_t p = 0; p < std::min(end.offsets.size(), partitions.size()); ++p) {
    const auto at = partitions[p].offset.value();
    missing += std::max(end.offsets[p].value(), at) - at;
  }
  return missing;
}

Result<std::unique_ptr<EndFile>> EndFile::open(const std::string& directory, Storage& storage) {
  const auto path = fmt::format("{}/{}", directory, kName);
  HAPAX_ASSIGN(const bool there, storage.exists(path));
  HAPAX_ASSIGN(auto file, storage.open(path, there ? OpenMode::kReadWrite : OpenMode::kCreateNew));
  std::unique_ptr<EndFile> end_file(new EndFile(std::move(file)));
  HAPAX_TRY(end_file->load(path));
  return end_file;
}

Result<std::optional<DurableEnd>> EndFile::read(const std::string& directory, Storage& storage) {
  const auto path = fmt::format("{}/{}", directory, kName);
  HAPAX_ASSIGN(const bool there, storage.exists(path));
  if (!there) {
    return std::optional<DurableEnd>();
  }
  HAPAX_ASSIGN(const auto file, storage.open(path, OpenMode::kRead));
  HAPAX_ASSIGN(auto numbered, newest(*file, path));
  return numbered.number == 0 ? std::nullopt : std::optional(std::move(numbered.end));
}

Result<void> EndFile::load(const std::string& path) {
  HAPAX_ASSIGN(auto numbered, newest(*file_, path));
  if (numbered.number > 0) {
    found_ = std::move(numbered.end);
    // It may be in the page cache alone, and the next one is written over the other.
    number_ = numbered.number - 1;
    HAPAX_TRY(write(*found_));
  }
  return {};
}

Result<void> EndFile::write(const DurableEnd& end) {
  const auto note = encode({.number = number_ + 1, .end = end});
  HAPAX_TRY(file_->write_at((number_ + 1) % kPlaces * kPlaceDistance, note));
  HAPAX_TRY(file_->sync());
  ++number_;
  return {};
}

}  // namespace hapax
