// SPDX-License-Identifier: Apache-2.0
#include "numbers/number_keys.hpp"

namespace hapax {
namespace {

constexpr std::string_view kEscapedNul("\0\xFF", 2);
constexpr std::string_view kTerminator("\0\x01", 2);

void append_text(std::string_view text, std::string& key) {
  for (std::size_t nul = text.find('\0'); nul != text.npos; nul = text.find('\0')) {
    key.append(text.substr(0, nul)).append(kEscapedNul);
    text.remove_prefix(nul + 1);
  }
  key.append(text).append(kTerminator);
}

std::optional<std::string> take_text(std::string_view& key) {
  std::string text;
  for (std::size_t nul = key.find('\0'); nul != key.npos; nul = key.find('\0')) {
    text.append(key.substr(0, nul));
    const std::string_view mark = key.substr(nul, kTerminator.size());
    key.remove_prefix(nul + mark.size());
    if (mark == kTerminator) {
      return text;
    }
    if (mark != kEscapedNul) {
      break;
    }
    text.push_back('\0');
  }
  return std::nullopt;
}

}  // namespace

void append_device_key(std::string_view source, std::string_view device, std::string_view epoch,
                       std::string& key) {
  append_text(source, key);
  append_text(device, key);
  append_text(epoch, key);
}

std::optional<DeviceKey> split_device_key(std::string_view key) {
  auto source = take_text(key);
  auto parts = source ? split_place(key) : std::nullopt;
  if (parts) {
    parts->source = std::move(*source);
  }
  return parts;
}

std::optional<DeviceKey> split_place(std::string_view place) {
  auto device = take_text(place);
  auto epoch = device ? take_text(place) : std::nullopt;
  return epoch && place.empty()
             ? std::optional(DeviceKey{
                   .source = {}, .device = std::move(*device), .epoch = std::move(*epoch)})
             : std::nullopt;
}

std::string day_key(std::string_view source, std::uint32_t day) {
  std::string key;
  append_text(source, key);
  for (int shift = 24; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(day >> shift));
  }
  return key;
}

std::optional<DayKey> split_day_key(std::string_view key) {
  auto source = take_text(key);
  if (!source || key.size() != kDayBytes) {
    return std::nullopt;
  }
  DayKey parts{.source = std::move(*source)};
  for (const char byte : key) {
    parts.day = parts.day << 8U | static_cast<unsigned char>(byte);
  }
  return parts;
}

std::string_view gap_key_rest(std::string_view device_key) {
  take_text(device_key);
  return device_key;
}

Error damaged_numbers() {
  return {ErrorKind::kCorrupt, "what is stored of the numbers of devices is damaged",
          "remove the state folder to rebuild it from the log"};
}

}  // namespace hapax
