// SPDX-License-Identifier: Apache-2.0
// Any bytes as a compressed segment: opening and reading end, whatever is read twice is the same,
// and what of a sound one can be read after changes is what was in it, or damage.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/twin_writer.hpp"
#include "fuzz/memory_storage.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

using View = std::span<const std::byte>;

constexpr std::uint32_t kBlockBytes = 4096;
constexpr std::size_t kContentBytes = 2 * kBlockBytes + 1024;
constexpr std::size_t kRawBytes = std::size_t{4} * kBlockBytes;
constexpr const char* kPath = "log/00000000000000000001.seg.zst";

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

Bytes raw_segment() {
  Bytes raw(kRawBytes);
  for (std::size_t i = 0; i < kContentBytes; ++i) {
    raw[i] = static_cast<std::byte>(i % 7 + i / 1000);
  }
  return raw;
}

Bytes make_sound_twin() {
  MemoryStorage storage;
  storage.content("raw") = raw_segment();
  const auto raw = storage.open("raw", OpenMode::kRead).value();
  const auto twin = storage.open("twin", OpenMode::kCreateOrTruncate).value();
  const TwinSource source{.generation = {.sequence = 1, .salt = 2},
                          .content_bytes = kContentBytes,
                          .block_bytes = kBlockBytes};
  require(write_twin(*raw, source, *twin, [] { return false; }).has_value());
  return storage.content("twin");
}

void put_crc(Bytes& bytes, std::size_t at, View covered) {
  const auto crc = crc32c(covered);
  std::memcpy(bytes.data() + at, &crc, sizeof(crc));
}

/// Puts the right checksums over whatever the first head says now.
void repair_checksums(Bytes& bytes) {
  constexpr std::size_t kFixedAt = twin_format::kSkippableBytes;
  constexpr std::size_t kTableAt = kFixedAt + twin_format::kFixedBytes;
  if (bytes.size() < kTableAt) {
    return;
  }
  std::uint32_t count = 0;
  std::memcpy(&count, bytes.data() + kFixedAt + 52, sizeof(count));
  const auto table_bytes = std::uint64_t{count} * twin_format::kEntryBytes;
  if (table_bytes <= bytes.size() - kTableAt) {
    put_crc(bytes, kFixedAt + 56, View(bytes).subspan(kTableAt, table_bytes));
  }
  put_crc(bytes, kFixedAt + 8, View(bytes).subspan(kFixedAt + 12, twin_format::kFixedBytes - 12));
}

/// The first byte says what the rest is: the file; changes to a sound one, each two bytes of
/// position and one of value; such changes under right checksums.
Bytes make_twin(View input, bool& is_changed) {
  static const Bytes sound = make_sound_twin();
  const auto kind = input.empty() ? 0 : std::to_integer<unsigned>(input.front()) % 3;
  input = input.subspan(std::min<std::size_t>(1, input.size()));
  is_changed = kind == 1;
  if (kind == 0) {
    return {input.begin(), input.end()};
  }
  Bytes bytes = sound;
  for (; input.size() >= 3; input = input.subspan(3)) {
    std::uint16_t at = 0;
    std::memcpy(&at, input.data(), sizeof(at));
    bytes[at % bytes.size()] = input[2];
  }
  if (kind == 2) {
    repair_checksums(bytes);
  }
  return bytes;
}

/// Nothing when it is damage.
Bytes read(const File& file, std::uint64_t position, std::size_t count) {
  Bytes bytes(count);
  const auto got = file.read_at(position, bytes);
  require(got || got.error().kind == ErrorKind::kCorrupt);
  bytes.resize(got ? *got : 0);
  return bytes;
}

void check_places(const File& file) {
  const auto size = file.size().value();
  for (const std::uint64_t at :
       {std::uint64_t{0}, size / 3, size - std::min<std::uint64_t>(size, 1), size,
        ~std::uint64_t{0} - 10'000}) {
    const auto once = read(file, at, 10'000);
    require(once == read(file, at, 10'000));
    require(at >= size ? once.empty() : once.size() <= size - at);
  }
}

/// What changes leave of a sound twin, if they did not make another head.
void check_content(const File& file) {
  static const Bytes raw = raw_segment();
  for (std::size_t at = 0; at < kRawBytes; at += kBlockBytes) {
    const auto block = read(file, at, kBlockBytes);
    require(std::ranges::equal(block, View(raw).subspan(at, block.size())));
  }
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hapax;  // NOLINT: an entry point of the fuzzer's.
  bool is_changed = false;
  MemoryStorage storage;
  storage.content(kPath) = make_twin(std::as_bytes(std::span(data, size)), is_changed);
  const auto segment = CompressedSegment::open(kPath, storage.open(kPath, OpenMode::kRead).value());
  require(segment || segment.error().kind == ErrorKind::kCorrupt ||
          segment.error().kind == ErrorKind::kInvalid);
  if (segment) {
    check_places(**segment);
  }
  if (segment && is_changed) {
    check_content(**segment);
  }
  return 0;
}
