// SPDX-License-Identifier: Apache-2.0
#include "processing/former_view.hpp"

#include <cstdint>

namespace hapax {

std::vector<std::string> read_former_view(ByteReader& in, TallyBySource& counted) {
  std::vector<std::string> tables{"cells"};
  counted.restore(in);
  const std::uint32_t doubted = in.u32();
  for (std::uint32_t i = 0; i < doubted && in.ok(); ++i) {
    tables.push_back(std::string("cells.").append(std::to_string(in.u32())));  // Of an epoch.
    in.u8();                                                                   // Merged.
    in.string();                                                               // Folded.
    counted.restore(in);
  }
  return tables;
}

}  // namespace hapax
