// SPDX-License-Identifier: Apache-2.0
// Any bytes as a segment file: scanning, verifying, repair and recovery end, take no frame that is
// not whole, and what recovery takes can be appended to and is all there when the log is opened
// again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/repair.hpp"
#include "adapters/local_log/segment_reader.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "adapters/local_log/verify.hpp"
#include "fuzz/memory_storage.hpp"
#include "hash/hash.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.
using View = std::span<const std::byte>;

constexpr std::size_t kSegmentBytes = 16'384;
constexpr std::uint32_t kPartitions = 2;
constexpr std::size_t kHeaderCrcAt = 8;
constexpr std::size_t kFrameCrcAt = 4;
constexpr std::size_t kFrameCrcEnd = 8;
constexpr std::size_t kPayloadBytesAt = 32;
constexpr const char* kDirectory = "log";
constexpr const char* kPath = "log/00000000000000000001.seg";

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

class FixedClock final : public Clock {
 public:
  ProcessingTime now() const override { return processing_time_from_micros(1'795'473'638'000'000); }
  std::chrono::nanoseconds monotonic() const override { return {}; }
};

class FixedRandom final : public Random {
 public:
  std::uint64_t next() override { return 0x5EED'5EED'5EED'5EED; }
};

Result<std::unique_ptr<LogCore>> open_log(MemoryStorage& storage, std::size_t partition_count) {
  static const FixedClock clock;
  static FixedRandom random;
  LocalLogSettings settings;
  settings.directory = kDirectory;
  settings.partition_count = static_cast<std::uint32_t>(partition_count);
  settings.segment_bytes = kSegmentBytes;
  return LogCore::open(settings, storage, clock, random);
}

PartitionRecords one_record(std::uint32_t partition, const std::string& message_id) {
  EventView event{.source = "web", .message_id = message_id, .type = EventType::kTrack};
  event.name = "Clicked";
  event.user_id = "ada";
  std::string record;
  encode_event(event, record);
  PartitionRecords part{.partition = PartitionId(partition), .record_count = 1, .digest = {}};
  part.digest.add(hapax::IdHasher().event_id(event.source, event.message_id));
  append_framed(record, part.records);
  return part;
}

void append_group(LogCore& log, std::vector<PartitionRecords> parts) {
  const std::vector<std::vector<PartitionRecords>> group{std::move(parts)};
  require(log.commit(group).has_value());
}

/// Two frames, as the writer makes them.
Bytes make_sound_segment() {
  MemoryStorage storage;
  auto log = open_log(storage, kPartitions);
  require(log.has_value());
  append_group(**log, {one_record(0, "m-1"), one_record(1, "m-2")});
  append_group(**log, {one_record(0, "m-3")});
  return storage.content(kPath);
}

/// CRC32C by its definition, a bit at a time: a second opinion on what is whole.
std::uint32_t slow_crc32c(View bytes) {
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) * 0x82F6'3B78U);
    }
  }
  return ~crc;
}

template <typename T>
T get(View bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

void put_crc(Bytes& bytes, std::size_t at, std::uint32_t crc) {
  std::memcpy(bytes.data() + at, &crc, sizeof(crc));
}

/// Puts the right checksums over whatever the fields say now.
void repair_checksums(Bytes& bytes) {
  put_crc(bytes, kHeaderCrcAt, crc32c(View(bytes).first(kHeaderBytes).subspan(kHeaderCrcAt + 4)));
  for (std::size_t at = kHeaderBytes; at + kFrameHeaderBytes <= bytes.size();) {
    const std::uint64_t covered =
        kFrameHeaderBytes + get<std::uint32_t>(bytes, at + kPayloadBytesAt);
    if (at + covered > bytes.size()) {
      return;
    }
    const auto frame = View(bytes).subspan(at, covered);
    put_crc(bytes, at + kFrameCrcAt, crc32c(frame.subspan(kFrameCrcEnd)));
    at += align_up(covered);
  }
}

/// The first byte says what the rest is: the file; what follows a sound header; changes to a sound
/// segment, each two bytes of position and one of value; such changes under right checksums.
Bytes make_segment(View input) {
  static const Bytes sound = make_sound_segment();
  const auto kind = input.empty() ? 0 : std::to_integer<unsigned>(input.front()) % 4;
  input = input.subspan(std::min<std::size_t>(1, input.size()));
  if (kind == 0) {
    return {input.begin(), input.end()};
  }
  Bytes bytes = sound;
  if (kind == 1) {
    bytes.resize(kHeaderBytes);
    bytes.insert(bytes.end(), input.begin(), input.end());
    bytes.resize(std::max(kSegmentBytes, bytes.size()));
    return bytes;
  }
  for (; input.size() >= 3; input = input.subspan(3)) {
    bytes[get<std::uint16_t>(input, 0) % bytes.size()] = input[2];
  }
  if (kind == 3) {
    repair_checksums(bytes);
  }
  return bytes;
}

void require_batches_inside(const FrameScanner::Frame& frame) {
  const auto batches = decode_batches(frame.header, frame.bytes);
  if (!batches) {
    return;
  }
  const auto* from = reinterpret_cast<const char*>(frame.bytes.data()) + kFrameHeaderBytes;
  const auto* end = reinterpret_cast<const char*>(frame.bytes.data()) + frame.bytes.size();
  for (const auto& batch : *batches) {
    require(batch.records.data() >= from + kBatchHeaderBytes);
    from = batch.records.data() + batch.records.size();
    require(from <= end);
  }
}

void require_whole(const FrameScanner::Frame& frame, View file, const Generation& generation) {
  require(frame.position % kAlignment == 0 && frame.end % kAlignment == 0);
  require(frame.position + frame.bytes.size() <= frame.end && frame.end <= file.size());
  require(std::ranges::equal(frame.bytes, file.subspan(frame.position, frame.bytes.size())));
  require(get<std::uint32_t>(frame.bytes, kFrameCrcAt) ==
          slow_crc32c(frame.bytes.subspan(kFrameCrcEnd)));
  require(get<std::uint64_t>(frame.bytes, 8) == generation.sequence);
  require(get<std::uint64_t>(frame.bytes, 16) == generation.salt);
  require(get<std::uint64_t>(frame.bytes, 24) == frame.position);
  require_batches_inside(frame);
}

/// The next frame, if one is whole and ends at `limit` or before it.
std::optional<FrameScanner::Frame> frame_at(FrameScanner& scanner, std::uint64_t limit) {
  const auto frame = scanner.next(limit);
  require(frame.has_value());
  return *frame;
}

/// Whether a whole frame follows behind the end: damage in the middle.
bool scan(const Bytes& bytes, const Generation& generation) {
  const MemoryFile file(std::make_shared<Bytes>(bytes));
  FrameScanner scanner(file, generation, kHeaderBytes);
  std::uint64_t end = kHeaderBytes;
  while (const auto frame = frame_at(scanner, bytes.size())) {
    require(frame->position == end && frame->end > end && frame->end == scanner.position());
    require_whole(*frame, bytes, generation);
    FrameScanner cut(file, generation, end);
    require(!frame_at(cut, frame->end - 1) && cut.position() == end);
    end = frame->end;
  }
  require(scanner.position() == end);
  const auto later = find_frame(file, generation, end);
  require(later.has_value());
  if (!*later) {
    return false;
  }
  FrameScanner behind(file, generation, **later);
  const auto frame = frame_at(behind, bytes.size());
  require(**later > end && frame.has_value());
  require_whole(*frame, bytes, generation);
  return true;
}

/// Reads all that the log holds; the last batch must be of `last`.
void require_readable(LogCore& log, MemoryStorage& storage, const PartitionRecords& last) {
  const auto snapshot = log.catalog().snapshot();
  std::vector<Receipt::End> start;
  for (const auto& partition : snapshot.segments.front().header.partitions) {
    start.push_back({PartitionId(static_cast<std::uint32_t>(start.size())), partition.offset});
  }
  const auto reader = SegmentReader::open(start, log.catalog(), storage);
  require(reader.has_value());
  std::string last_records;
  while (true) {
    const auto batches = (*reader)->poll(1);
    require(batches.has_value());
    if (batches->empty()) {
      break;
    }
    last_records = batches->back().records;
  }
  require(last_records == last.records);
}

/// Whatever it is, a repair finds out what can be read of it.
void plan_repair(MemoryStorage& storage) {
  LocalLogSettings settings;
  settings.directory = kDirectory;
  settings.partition_count = kPartitions;
  FixedRandom random;
  const auto report =
      repair_log(settings, RepairMode::kPlan, id_hash_of(IdHasher()), storage, random);
  require(report || report.error().kind == ErrorKind::kInvalid ||
          report.error().kind == ErrorKind::kCorrupt);
}

enum class Expect { kOpens, kRefuses, kAny };

/// What recovery takes is a log like any other.
void recover(MemoryStorage& storage, std::size_t partition_count, Expect expect) {
  constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62U;
  auto log = open_log(storage, partition_count);
  require(expect == Expect::kAny || log.has_value() == (expect == Expect::kOpens));
  if (!log || std::ranges::any_of((*log)->catalog().end_offsets(),
                                  [](Offset end) { return end.value() > kOffsetMax; })) {
    return;
  }
  const auto record = one_record(0, "m-4");
  append_group(**log, {record});
  const auto ends = (*log)->catalog().end_offsets();
  log->reset();
  auto again = open_log(storage, partition_count);
  require(again.has_value() && (*again)->catalog().end_offsets() == ends);
  require_readable(**again, storage, record);
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hapax;  // NOLINT: an entry point of the fuzzer's.
  const auto bytes = make_segment(std::as_bytes(std::span(data, size)));
  const auto header = log_format::decode_header(bytes);
  const bool unchanged = size == 1 && data[0] % 4 >= 2;
  const bool damaged = scan(bytes, header ? header->generation : log_format::Generation{});
  const auto expect = unchanged ? Expect::kOpens : damaged ? Expect::kRefuses : Expect::kAny;
  MemoryStorage storage;
  storage.content(kPath) = bytes;
  const auto report = verify_log(kDirectory, storage, {.id_hash = id_hash_of(hapax::IdHasher())});
  // Of another format version nothing is damaged.
  require(report.has_value() || report.error().kind == ErrorKind::kInvalid);
  require(expect == Expect::kAny || !report ||
          report->problems.empty() == (expect == Expect::kOpens));
  plan_repair(storage);
  recover(storage, header ? header->partitions.size() : kPartitions, expect);
  return 0;
}
