// SPDX-License-Identifier: Apache-2.0
#include "json/json_index.hpp"

#include <simdjson.h>

#include <new>

namespace hapax {
namespace {

constexpr std::size_t kKeptTextBytes = 1U << 20U;  // After a larger text the memory is given back.
constexpr std::size_t kDepth = 1;                  // Of the second stage, which is not used.
static_assert(kJsonPaddingBytes >= simdjson::SIMDJSON_PADDING);

const std::uint8_t* as_bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

class JsonIndex::Impl {
 public:
  bool build(std::string_view json) {
    simdjson::error_code error = hold(json.size());
    if (error == simdjson::MEMALLOC) {
      throw std::bad_alloc();  // Not the client's fault: the collector answers 503.
    }
    if (error == simdjson::SUCCESS) {
      error = stage_->stage1(as_bytes(json), json.size(), simdjson::stage1_mode::regular);
    }
    return error == simdjson::SUCCESS;
  }

  std::span<const std::uint32_t> tokens() const {
    return {stage_->structural_indexes.get(), stage_->n_structural_indexes + std::size_t{1}};
  }

  std::string unescape(std::string_view inside) const {
    std::string text(inside.size() + kJsonPaddingBytes, '\0');
    text.resize(unescape_to(inside, text.data()));
    return text;
  }

  std::size_t unescape_to(std::string_view inside, char* to) const {
    auto* start = reinterpret_cast<std::uint8_t*>(to);
    const std::uint8_t* end = stage_->parse_string(as_bytes(inside), start);
    return end == nullptr ? 0 : static_cast<std::size_t>(end - start);
  }

 private:
  simdjson::error_code hold(std::size_t bytes) {
    if (stage_ && bytes <= stage_->capacity() && stage_->capacity() <= kKeptTextBytes) {
      return simdjson::SUCCESS;
    }
    stage_.reset();
    return simdjson::get_active_implementation()->create_dom_parser_implementation(bytes, kDepth,
                                                                                   stage_);
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
};

JsonIndex::JsonIndex() : impl_(std::make_unique<Impl>()) {}
JsonIndex::~JsonIndex() = default;

bool JsonIndex::build(std::string_view json) {
  return impl_->build(json);
}

std::span<const std::uint32_t> JsonIndex::tokens() const {
  return impl_->tokens();
}

std::string JsonIndex::unescape(std::string_view inside) const {
  return impl_->unescape(inside);
}

std::size_t JsonIndex::unescape_to(std::string_view inside, char* to) const {
  return impl_->unescape_to(inside, to);
}

}  // namespace hapax
