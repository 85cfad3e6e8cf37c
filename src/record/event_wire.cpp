// SPDX-License-Identifier: Apache-2.0
#include "record/event_wire.hpp"

#include "bytes/varint.hpp"

namespace hapax {

void append_framed(std::string_view record, std::string& records) {
  append_varint(record.size(), records);
  records.append(record);
}

Result<std::string_view> take_framed(std::string_view& records) {
  std::string_view rest = records;
  const auto size = take_varint(rest);
  if (!size || *size > rest.size()) {
    return Error{ErrorKind::kCorrupt, "framed record leads past the end of its " +
                                          std::to_string(records.size()) + " bytes"};
  }
  const std::string_view record = rest.substr(0, *size);
  records = rest.substr(*size);
  return record;
}

}  // namespace hapax
