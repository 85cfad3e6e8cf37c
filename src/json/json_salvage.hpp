// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json_walk.hpp"

namespace hapax {

/// A part of a damaged document that stands or falls alone.
struct SalvagedPiece {
  std::string_view original;            ///< As it was sent, without white space around it.
  std::size_t begin = 0;                ///< Where it is in SalvagedJson::text.
  std::size_t end = 0;                  ///< Behind it; equal to `begin` when it is not in there.
  bool has_non_number = false;          ///< One of its nulls was NaN, Infinity or undefined.
  bool is_member = false;               ///< Of the document; else an element of its array.
  std::optional<JsonFault> fault = {};  ///< Set when it is damaged; `at` is within `original`.
};

struct SalvageOptions {
  std::string_view array_key = {};  ///< The member whose elements are saved one by one.
  std::size_t pieces_max = 0;
};

/// What could be saved of a JSON object that a strict parser refuses.
struct SalvagedJson {
  enum class State {
    kWhole,     ///< `text` is a well-formed object.
    kNoObject,  ///< It cannot be taken apart: see `no_object_at`.
    kTooMany,   ///< There are more than SalvageOptions::pieces_max pieces.
  };

  State state = State::kWhole;
  std::size_t no_object_at = 0;  ///< In the document.
  /// The document repaired (json_repair.hpp), with 0 in place of each damaged element and without
  /// its damaged members; commas too many or too few between them do not count.
  /// Has kJsonPaddingBytes zeros behind it.
  std::string text;
  /// In the order of the document: every element of the array, and the members that are damaged or
  /// have a non-number.
  std::vector<SalvagedPiece> pieces;
};

/// Takes a damaged document apart. Cost: linear in its size. The pieces point into `document`.
SalvagedJson salvage_json(std::string_view document, const SalvageOptions& options);

/// The same for a document that is one piece as a whole, and has no white space around it: where it
/// is damaged, SalvagedJson::text has those of its members that are not. `kNoObject` when it does
/// not begin and end in braces.
SalvagedJson salvage_json_object(std::string_view document);

}  // namespace hapax
