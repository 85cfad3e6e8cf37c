// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

/// Where the events of one append are: in which log, and for each partition it touched, the offset
/// after its last record there. A reader of that log that has passed every one of these has seen
/// the whole append.
struct Receipt {
  struct End {
    PartitionId partition;
    Offset end;

    friend bool operator==(const End&, const End&) = default;
  };
  LogId log;
  std::vector<End> ends = {};

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// The receipt as clients carry it: opaque, URL-safe (base64url without padding), with a checksum
/// so that a mistyped one is refused instead of waiting for the wrong place. Survives restarts.
/// Format: docs/formats/receipt.md, version 2.
std::string encode_receipt(const Receipt& receipt);

/// Errors: kInvalid when `text` was not made by encode_receipt: mistyped, or of another version.
Result<Receipt> decode_receipt(std::string_view text);

/// "0:17 1:4": how far the log is read; of the partitions, whose next offsets these are, those that
/// have one.
std::string position_text(std::span<const Offset> next);

}  // namespace hapax
