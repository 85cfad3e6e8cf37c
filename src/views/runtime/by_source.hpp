// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hapax {

/// A T for each source that was asked for. Threading: one owner.
template <typename T>
class BySource {
 public:
  using Sources = std::map<std::string, T, std::less<>>;

  BySource() = default;
  BySource(const BySource&) = delete;
  BySource& operator=(const BySource&) = delete;

  T& of(std::string_view source) {
    if (last_ == nullptr || last_->first != source) {
      auto found = sources_.find(source);
      if (found == sources_.end()) {
        found = sources_.emplace(source, T()).first;
      }
      last_ = &*found;
    }
    return last_->second;
  }
  const Sources& sources() const { return sources_; }

 private:
  Sources sources_;
  // Most events are of the source of the one before.
  typename Sources::value_type* last_ = nullptr;
};

}  // namespace hapax
