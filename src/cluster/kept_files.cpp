// SPDX-License-Identifier: Apache-2.0
#include "cluster/kept_files.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

Error damaged() {
  return {ErrorKind::kCorrupt, "a manifest does not say of which files its state is"};
}

}  // namespace

Result<std::string> KeptFiles::restore(const std::string& payload, std::vector<std::string> names,
                                       std::vector<std::string> files) {
  if (payload.empty()) {
    HAPAX_TRY(store_.open({}));
    return std::string();
  }
  ByteReader in(payload);
  if (in.u8() != kVersion || in.u32() != names.size() || files.size() != names.size()) {
    return damaged();
  }
  std::vector<StateFile> all;
  for (std::size_t i = 0; i < names.size() && in.ok(); ++i) {
    all.push_back({.name = in.string(), .immutable = true, .bytes = std::move(files[i])});
    objects_[all.back().name] = std::move(names[i]);
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    std::string name = in.string();
    all.push_back({.name = std::move(name), .immutable = false, .bytes = in.string()});
  }
  std::string rest = in.string();
  if (!in.ok() || !in.at_end()) {
    return damaged();
  }
  HAPAX_TRY(store_.open(std::move(all)));
  return rest;
}

Result<StateImage> KeptFiles::image(std::string_view payload) {
  HAPAX_ASSIGN(std::vector<StateFile> files,
               store_.files([this](std::string_view name) { return objects_.contains(name); }));
  StateImage image;
  imaged_.clear();
  std::vector<std::string> fresh;
  std::string changing;
  ByteWriter others(changing);
  std::uint32_t other_count = 0;
  for (StateFile& file : files) {
    const auto object = objects_.find(file.name);
    if (!file.immutable) {
      others.put_string(file.name);
      others.put_string(file.bytes);
      ++other_count;
    } else if (object != objects_.end()) {
      image.kept.push_back(object->second);
      imaged_.push_back(std::move(file.name));
    } else {
      image.fresh.push_back(std::move(file.bytes));
      fresh.push_back(std::move(file.name));
    }
  }
  imaged_.insert(imaged_.end(), fresh.begin(), fresh.end());
  ByteWriter out(image.payload);
  out.put_u8(kVersion);
  out.put_u32(static_cast<std::uint32_t>(imaged_.size()));
  for (const std::string& name : imaged_) {
    out.put_string(name);
  }
  out.put_u32(other_count);
  image.payload.append(changing);
  out.put_string(payload);
  return image;
}

void KeptFiles::kept(const std::vector<std::string>& names) {
  objects_.clear();
  for (std::size_t i = 0; i < imaged_.size() && i < names.size(); ++i) {
    objects_[imaged_[i]] = names[i];
  }
}

}  // namespace hapax
