// SPDX-License-Identifier: Apache-2.0
#include "record/result_settings.hpp"

#include "bytes/bytes.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode_result_settings(const ResultSettings& settings) {
  std::string value;
  ByteWriter out(value);
  out.put_u8(kVersion);
  for (const Microseconds duration :
       {settings.dedup_window, settings.out_of_order_bound, settings.idle_timeout}) {
    out.put_u64(static_cast<std::uint64_t>(duration.count()));
  }
  return value;
}

Result<ResultSettings> decode_result_settings(std::string_view value) {
  ByteReader in(value);
  if (const auto version = in.u8(); in.ok() && version != kVersion) {
    return Error{ErrorKind::kInvalid,
                 "the log holds settings of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 "start the version of hapax that wrote the log"};
  }
  ResultSettings settings;
  for (Microseconds* duration :
       {&settings.dedup_window, &settings.out_of_order_bound, &settings.idle_timeout}) {
    *duration = Microseconds(static_cast<std::int64_t>(in.u64()));
  }
  const bool valid = settings.dedup_window > Microseconds(0) &&
                     settings.out_of_order_bound >= Microseconds(0) &&
                     settings.idle_timeout > Microseconds(0);
  if (!in.ok() || !in.at_end() || !valid) {
    return Error{ErrorKind::kCorrupt, "a control record of " + std::to_string(value.size()) +
                                          " bytes holds no settings"};
  }
  return settings;
}

Result<std::optional<ResultSettings>> settings_of(const EventView& event) {
  HAPAX_ASSIGN(const auto control, decode_control(event.control));
  if (control.kind != kSettingsControl) {
    return std::optional<ResultSettings>();
  }
  return decode_result_settings(control.value).transform([](const ResultSettings& settings) {
    return std::optional(settings);
  });
}

Result<std::optional<ResultSettings>> settings_among(std::span<const std::string> controls) {
  std::optional<ResultSettings> settings;
  for (const std::string& record : controls) {
    HAPAX_ASSIGN(const auto event, decode_event(record));
    HAPAX_ASSIGN(const auto said, settings_of(event));
    settings = said ? said : settings;
  }
  return settings;
}

std::string encode_control_record(std::string_view kind, std::string_view value,
                                  ProcessingTime received_at, ClockEpoch epoch) {
  const std::string control = encode_control({.kind = kind, .value = value});
  std::string record;
  encode_event({.received_at = received_at, .clock_epoch = epoch.value(), .control = control},
               record);
  return record;
}

}  // namespace hapax
