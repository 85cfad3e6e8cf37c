// SPDX-License-Identifier: Apache-2.0
#include "cluster/record_header.hpp"

#include "bytes/bytes.hpp"

namespace hapax {

std::string encode_header(const RecordHeader& header) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(static_cast<std::uint8_t>(header.kind));
  out.put_u64(header.collector.value());
  out.put_u64(header.sequence);
  out.put_u32(header.epoch.value());
  return bytes;
}

Result<RecordHeader> decode_header(std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint8_t kind = in.u8();
  const RecordHeader header{.kind = static_cast<RecordHeader::Kind>(kind),
                            .collector = CollectorId(in.u64()),
                            .sequence = in.u64(),
                            .epoch = SettingsEpoch(in.u32())};
  const bool known =
      header.kind == RecordHeader::Kind::kEvent || header.kind == RecordHeader::Kind::kFence;
  if (!in.ok() || !in.at_end() || !known) {
    return Error{ErrorKind::kCorrupt, "a record in the topic of events has no header of ours",
                 "let collectors of Hapax alone append to that topic"};
  }
  return header;
}

std::string encode_fence(ProcessingTime received_at) {
  std::string bytes;
  ByteWriter(bytes).put_time(received_at);
  return bytes;
}

Result<ProcessingTime> decode_fence(std::string_view bytes) {
  ByteReader in(bytes);
  const ProcessingTime received_at = in.processing_time();
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a fence in the topic of events has no time"};
  }
  return received_at;
}

}  // namespace hapax
