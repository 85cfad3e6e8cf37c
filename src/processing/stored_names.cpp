// SPDX-License-Identifier: Apache-2.0
#include "processing/stored_names.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "core/time_math.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

bool has_names(const ViewShape& shape) {
  const std::vector<Field>& fields = shape.group_fields;
  const auto groups_by = [&](FieldKind kind) {
    return std::ranges::find(fields, Field{.kind = kind}) != fields.end();
  };
  return shape.spec.window.kind != WindowKind::kNone && groups_by(FieldKind::kSource) &&
         groups_by(FieldKind::kType) && groups_by(FieldKind::kEvent);
}

/// Empty when it is absent.
std::string text_of(const ViewShape& shape, const std::vector<OwnedValue>& group, FieldKind kind) {
  const auto field = std::ranges::find(shape.group_fields, Field{.kind = kind});
  const OwnedValue& value = group[static_cast<std::size_t>(field - shape.group_fields.begin())];
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : "";
}

Result<void> learn_cells(const RunningView& view, StateStore& store, KnownNames& names) {
  const ViewShape& shape = *view.shape();
  bool sound = true;
  HAPAX_TRY(store.scan(
      view.cells().table(), summary_key(""), summary_keys_end(),
      [&](std::string_view stored, std::string_view) {
        const auto key = split_view_cell_key(stored.substr(1));
        const auto group = key ? decode_group(key->group) : std::nullopt;
        sound = group.has_value();
        // Of all other groups there are no names.
        if (sound && group->size() == shape.group_fields.size()) {
          const std::string name = text_of(shape, *group, FieldKind::kEvent);
          const std::uint32_t day = utc_day(ProcessingTime(key->window.start.time_since_epoch()));
          names.learn(text_of(shape, *group, FieldKind::kSource),
                      name.empty() ? text_of(shape, *group, FieldKind::kType) : name,
                      {.first = day, .last = day});
        }
        return sound;
      }));
  return sound ? Result<void>() : damaged_cell(view.cells().table());
}

}  // namespace

void encode_names(const KnownNames& names, ManifestWriter& manifest) {
  if (names.limited()) {
    manifest.add(ManifestSection::kNames, [&](ByteWriter& out) { out.put_u64(names.learned()); });
  }
}

Result<void> restore_names(const ManifestReader& manifest, StateStore& store,
                           std::span<RunningView* const> views, KnownNames& names) {
  const bool stored = manifest.has(ManifestSection::kNames);
  if (!names.limited()) {
    if (stored) {
      names.drop_stored();
    }
    return {};
  }
  if (!stored) {
    for (const RunningView* view : views) {
      if (has_names(*view->shape())) {
        HAPAX_TRY(learn_cells(*view, store, names));
      }
    }
    return {};
  }
  return manifest.read(ManifestSection::kNames,
                       [&](ByteReader& in) { return names.restore(store, in.u64()); });
}

}  // namespace hapax
