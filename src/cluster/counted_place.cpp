// SPDX-License-Identifier: Apache-2.0
#include "cluster/counted_place.hpp"

#include "bytes/bytes.hpp"

namespace hapax {

std::string encode_place(const CountedPlace& place) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(place.counted.value());
  out.put_time(place.complete);
  return bytes;
}

Result<CountedPlace> decode_place(std::string_view bytes) {
  ByteReader in(bytes);
  const CountedPlace place{.counted = Offset(in.u64()), .complete = in.processing_time()};
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "the progress of a partition has another size"};
  }
  return place;
}

}  // namespace hapax
