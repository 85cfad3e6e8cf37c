// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "read/row_store.hpp"

namespace hapax {

/// A RowStore that answers at once what a test says.
/// Threading: one caller at a time.
class FakeRowStore : public RowStore {
 public:
  Result<RowAnswer> state = RowAnswer{};
  Result<RowExtent> size = RowExtent{};  ///< What extent() answers.
  std::optional<RowQuery> asked;         ///< The last query.
  std::function<void()> before_answer = [] {};

  void rows(RowQuery query, Answer answer) override {
    asked = std::move(query);
    before_answer();
    answer(state);
  }
  void extent(std::shared_ptr<const ServedView>, ExtentAnswer answer) override { answer(size); }
};

}  // namespace hapax
