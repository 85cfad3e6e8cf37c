// SPDX-License-Identifier: Apache-2.0
#include "processing/stored_names.hpp"

#include "core/time_math.hpp"

namespace hapax {
namespace {

Result<void> learn_cells(const MinuteView& view, KnownNames& names) {
  return view.visit_stored([&names](const CellName& cell) {
    const std::uint32_t day = utc_day(ProcessingTime(cell.start.time_since_epoch()));
    names.learn(cell.source, cell.event, {.first = day, .last = day});
  });
}

}  // namespace

void encode_names(const KnownNames& names, ManifestWriter& manifest) {
  if (names.limited()) {
    manifest.add(ManifestSection::kNames, [&](ByteWriter& out) { out.put_u64(names.learned()); });
  }
}

Result<void> restore_names(const ManifestReader& manifest, StateStore& store,
                           const MinuteView& view, KnownNames& names) {
  const bool stored = manifest.has(ManifestSection::kNames);
  if (!names.limited()) {
    if (stored) {
      names.drop_stored();
    }
    return {};
  }
  if (!stored) {
    return learn_cells(view, names);
  }
  return manifest.read(ManifestSection::kNames,
                       [&](ByteReader& in) { return names.restore(store, in.u64()); });
}

}  // namespace hapax
