// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "ports/clock_status.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Writes the JSON of docs/http-api.md, "Read a view", cell by cell, so that an answer can also go
/// out in several objects of a bounded size. By hand and not through a tree of nodes: an answer has
/// up to a hundred thousand cells.
class ViewWriter {
 public:
  /// Begins with `text`, then the object.
  ViewWriter(EventTime watermark, EventTime complete_until, std::string text = {});

  void add(const Cell& cell);
  std::size_t bytes() const { return text_.size(); }
  /// Makes room for `bytes` more.
  void reserve(std::size_t bytes) { text_.reserve(text_.size() + bytes); }
  /// Ends the object, with `members` (`,"name":value` each) behind the cells.
  std::string finish(std::string_view members = {}) &&;

 private:
  void write_minute(EventTime start);

  std::string text_;
  bool first_ = true;
  std::optional<EventTime> minute_;
  std::string minute_text_;  ///< How every cell of minute_ begins.
};

/// About how long the JSON of `answer` is.
std::size_t json_bytes(const ViewAnswer& answer);

/// Requests of one source that were refused with one code since the start.
struct RefusedByCode {
  std::string source;  ///< Empty: not known.
  std::string code;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

/// The JSON of docs/http-api.md, "Read a view" and "Audit". `query`: what `answer` answers.
std::string to_json(const ViewAnswer& answer, const ViewQuery& query);
std::string to_json(const AuditReport& report, const std::vector<RefusedByCode>& refused,
                    const ClockStatus& clock);

}  // namespace hapax
