// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "read/row_query.hpp"
#include "stream/measure/measure_result.hpp"
#include "stream/measure/owned_value.hpp"

namespace hapax {

// How rows say what they hold (docs/http-api.md, "Read a declared view").

/// The shortest number that reads back to the same; null for what is none in JSON.
void append_json_double(double number, std::string& to);
/// Null when it is absent.
void append_json_value(const OwnedValue& value, std::string& to);
/// A scalar, null when there is no answer, or for top a list of values with their counts.
void append_json_answer(const MeasureResult& result, std::string& to);

/// Whether there is more to say of a result than its answer.
bool has_notes(const MeasureResult& result);
/// An object of what there is to say of a row's results, by measure; "{}" when there is nothing.
void append_json_notes(const Row& row, const RowQuery& query, std::string& to);

std::string_view measure_name(const RowQuery& query, std::size_t column);

}  // namespace hapax
