// SPDX-License-Identifier: Apache-2.0
#include "cluster/manifest.hpp"

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  out.put_u64(manifest.number);
  out.put_u64(manifest.epoch);
  out.put_u64(manifest.nonce);
  out.put_u8(manifest.is_stub ? 1 : 0);
  out.put_u64(manifest.stubs_below);
  out.put_u32(static_cast<std::uint32_t>(manifest.files.size()));
  for (const std::string& file : manifest.files) {
    out.put_string(file);
  }
  out.put_string(manifest.payload);
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  ByteReader in(bytes);
  if (const std::uint8_t version = in.u8(); version != kVersion) {
    return Error{ErrorKind::kCorrupt,
                 "a manifest is of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 "start a newer Hapax"};
  }
  Manifest manifest{.number = in.u64(), .epoch = in.u64(), .nonce = in.u64()};
  manifest.is_stub = in.u8() != 0;
  manifest.stubs_below = in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    manifest.files.push_back(in.string());
  }
  manifest.payload = in.string();
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a manifest ends early, or late"};
  }
  return manifest;
}

}  // namespace hapax
