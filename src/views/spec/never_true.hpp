// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/result.hpp"
#include "views/spec/condition.hpp"
#include "views/spec/spec_reader.hpp"

namespace hapax {

/// What is wrong with a normalized condition that no event meets. It is looked for in the tests of
/// one field that must all hold, each field by itself: values, kinds and ranges that leave nothing,
/// an empty text in the record, a field missing that never is. Nothing: none of that, though no
/// event may meet it all the same.
std::optional<Error> why_never_true(const Condition& condition, const SpecPlace& place);

}  // namespace hapax
