// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/row_query.hpp"
#include "zones/time_zone.hpp"

namespace hapax {

/// A member behind others with a time, null where there is none.
void append_time(std::string_view name, const std::optional<std::string>& time, std::string& to);

/// Begins the object of an answer, or of a frame: the view, and how far it is.
void append_head(const RowQuery& query, EventTime watermark,
                 const std::optional<EventTime>& complete_until, std::string& to);

/// Writes rows into JSON lists (docs/http-api.md, "Read a declared view"). The times of a window
/// and the names of the group, which many rows share, are rendered once.
/// Threading: one owner. Lifetime: `query` must outlive it.
class RowWriter {
 public:
  explicit RowWriter(const RowQuery& query);

  /// An element of the list that `to` ends with.
  void write(const Row& row, std::string& to);
  /// Begins an element with the members of its window, each with a comma behind it.
  void begin(const Window& window, std::string& to);
  /// A member without comma: the group.
  void write_group(const std::vector<OwnedValue>& group, std::string& to) const;
  void write_heavy(const std::vector<HeavyGroup>& heavy, std::string& to) const;

 private:
  const std::string& window_text(const Window& window);
  std::string local(EventTime time) const;
  void write_values(const Row& row, std::string& to) const;

  const RowQuery& query_;
  std::optional<TimeZone> zone_;
  std::vector<std::string> fields_;  // As JSON strings.
  std::optional<Window> window_;
  std::string text_;  // Of window_.
};

}  // namespace hapax
