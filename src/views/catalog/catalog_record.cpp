// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_record.hpp"

#include <string>

#include "bytes/bytes.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode_announcement(const CatalogAnnouncement& announcement) {
  std::string value;
  ByteWriter out(value);
  out.put_u8(kVersion);
  out.put_u32(announcement.number);
  out.put_u64(announcement.text_hash);
  return value;
}

Result<CatalogAnnouncement> decode_announcement(std::string_view value) {
  ByteReader in(value);
  if (const auto version = in.u8(); in.ok() && version != kVersion) {
    return Error{ErrorKind::kInvalid,
                 "the log announces views in format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 "start the version of hapax that wrote the log"};
  }
  const CatalogAnnouncement announcement{.number = in.u32(), .text_hash = in.u64()};
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a control record of " + std::to_string(value.size()) +
                                          " bytes announces no views"};
  }
  return announcement;
}

Result<std::optional<CatalogAnnouncement>> announcement_of(const EventView& event) {
  HAPAX_ASSIGN(const auto control, decode_control(event.control));
  if (control.kind != kCatalogControl) {
    return std::optional<CatalogAnnouncement>();
  }
  return decode_announcement(control.value).transform([](const CatalogAnnouncement& said) {
    return std::optional(said);
  });
}

Result<std::optional<CatalogAnnouncement>> announcement_among(
    std::span<const std::string> controls) {
  std::optional<CatalogAnnouncement> announcement;
  for (const std::string& record : controls) {
    HAPAX_ASSIGN(const auto event, decode_event(record));
    HAPAX_ASSIGN(const auto said, announcement_of(event));
    announcement = said ? said : announcement;
  }
  return announcement;
}

}  // namespace hapax
