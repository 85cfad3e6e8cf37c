// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "record/event.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// What a control record says of the catalog that is in force from there on.
struct CatalogAnnouncement {
  std::uint32_t number = 0;
  std::uint64_t text_hash = 0;  ///< hash64() of its text.

  friend bool operator==(const CatalogAnnouncement&, const CatalogAnnouncement&) = default;
};

/// The value of the control record. Format: docs/formats/control.md.
std::string encode_announcement(const CatalogAnnouncement& announcement);
/// Errors: kCorrupt; kInvalid, written by a newer version.
Result<CatalogAnnouncement> decode_announcement(std::string_view value);

/// What the control record `event` says of it; nothing when it is of another kind.
/// Errors: kCorrupt, it is no control record; those of decode_announcement().
Result<std::optional<CatalogAnnouncement>> announcement_of(const EventView& event);

/// The same among `controls`, whole control records of any kind: of the last that says it.
/// Errors: as announcement_of(), or one is no record.
Result<std::optional<CatalogAnnouncement>> announcement_among(
    std::span<const std::string> controls);

}  // namespace hapax
