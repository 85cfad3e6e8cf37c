// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/memory_state_store.hpp"
#include "views/runtime/cell_rows.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/running_view.hpp"
#include "views/runtime/served_views.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// The rows of a view as a test says that they are, in the form in which readers get them.
class TestRows {
 public:
  explicit TestRows(const std::string& spec, std::string id = "v") {
    MemoryStateStore store;
    ViewInputs inputs;
    const auto view = make_running_view(parse_view_json(spec).value(), inputs, 7, store, id);
    served_ = std::make_shared<const ServedView>(
        ServedView{.id = std::move(id), .shape = view.value()->plan().shape()});
  }

  const std::shared_ptr<const ServedView>& served() const { return served_; }

  /// Of one event for each number, which every measure finds in its field. None: it is gone.
  std::string value(const std::vector<double>& numbers) const {
    constexpr std::size_t kInputs = 16;
    ViewCell cell(served_->shape->measures);
    for (const double number : numbers) {
      const std::vector<Sample> samples(
          kInputs,
          {.value = number, .hash = static_cast<std::uint64_t>(std::llround(number * 1'000))});
      cell.measures.update({.time = {}, .id = {.low = ++cell.size}, .samples = samples});
    }
    return encode_value(cell);
  }
  static std::string group(const std::vector<std::string>& values) {
    std::string bytes;
    for (const std::string& value : values) {
      append_group_value(std::string_view(value), bytes);
    }
    return bytes;
  }

 private:
  std::shared_ptr<const ServedView> served_;
};

}  // namespace hapax
