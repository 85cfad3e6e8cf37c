// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "record/event.hpp"

namespace hapax {

/// Appends `event` to `record` in the Protobuf wire format of hapax.v1.Event, fields in number
/// order, defaults left out: byte for byte what libprotobuf 3.21 writes. libprotobuf itself costs
/// four to six times the JSON parse, so the hot path does not use it. The fields of type string
/// (not bytes) must be valid UTF-8, else libprotobuf refuses the record.
void encode_event(const EventView& event, std::string& record);

/// Encodes one event after the other in the same memory, which is not filled with zeros first.
/// Threading: one owner.
class RecordMemory {
 public:
  /// As encode_event(). Valid until the next call.
  std::string_view encode(const EventView& event);

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t room_ = 0;
};

/// Reads one record. The views point into `record`. Unknown fields are skipped, the last of a
/// repeated scalar wins, as the Protobuf specification says; a type of a newer schema reads as
/// kUnspecified.
/// Stricter than libprotobuf on damage: known fields of another wire type and groups are refused.
/// UTF-8 is not checked.
/// Errors: kCorrupt when `record` is not a hapax.v1.Event.
Result<EventView> decode_event(std::string_view record);
/// The same into `event`, which has no field yet and is of no use after an error.
Result<void> decode_event(std::string_view record, EventView& event);

/// The control message that EventView::control holds. As encode_event.
std::string encode_control(const ControlView& control);

/// The views point into `encoded`. Errors: kCorrupt when it is not a hapax.v1.Control of some kind.
Result<ControlView> decode_control(std::string_view encoded);

/// What EventView::numbering holds. As encode_event.
std::string encode_numbering(const NumberingView& numbering);

/// The views point into `encoded`. Errors: kCorrupt when it is not a hapax.v1.Numbering of some
/// epoch.
Result<NumberingView> decode_numbering(std::string_view encoded);

/// Appends `record` to `records`, framed as batches hold it: varint length, then the bytes.
void append_framed(std::string_view record, std::string& records);

/// Takes the next framed record off the front of `records`.
/// Errors: kCorrupt when the length is damaged or leads past the end.
Result<std::string_view> take_framed(std::string_view& records);

}  // namespace hapax
