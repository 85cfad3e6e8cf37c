// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/audit_report.hpp"
#include "views/publication.hpp"
#include "views/runtime/hourly_accounts.hpp"
#include "views/runtime/view_report.hpp"
#include "views/runtime/whole_rows.hpp"

namespace hapax {

/// Numbers publications. They ascend.
using PublicationTicket = std::uint64_t;

/// For whoever asks for a view that is not, or not as it was when it was looked up.
inline Error view_gone() {
  return {ErrorKind::kInvalid, "the view is not there any more, or not as it was",
          "ask again: it may be there with another spec"};
}
inline bool is_view_gone(const Error& error) {
  return error.message == view_gone().message;
}

/// Who gets publications. Calls come from the source's thread and must not block.
class ViewSink {
 public:
  virtual ~ViewSink() = default;

  /// Errors: what stopped counting; kUnavailable, kExhausted, it may be asked for again; kClosed,
  /// none comes any more. After an error the next publication begins with what is stored.
  virtual void take(PublicationTicket ticket, Result<Publication> publication) = 0;
  /// Nobody has asked for some time: what was published may be let go. The next publication begins
  /// with what is stored.
  virtual void let_go() = 0;
};

/// Where readers get the views from: whoever counts, on a thread of its own, and goes on counting
/// while they read.
/// Threading: all calls may run at the same time. Callbacks run on its thread and must not block.
class ViewSource {
 public:
  enum class Want {
    kNews,  ///< Once there is anything new.
    kNow,   ///< As soon as it can be.
    kAnew,  ///< The same, and it begins with what is stored: what was told is lost.
  };

  virtual ~ViewSource() = default;

  /// Who gets the publications. Before the first want(). It must outlive the source's thread.
  virtual void publish_to(ViewSink& sink) = 0;

  /// Asks for one more publication, which is made after this call, with what was counted before it.
  /// It comes under the ticket returned here, or a later one. Those who ask at the same time
  /// get the same. Nothing: it is shutting down, none comes any more. With `view`, the id of a
  /// declared one, that view is in it, unless there is none of that id any more; it is in those
  /// that follow, too, until nobody has asked for it from one checkpoint to the next.
  virtual std::optional<PublicationTicket> want(Want want, std::string_view view) = 0;

  /// When a source, or without one any, had its newest events. Errors: kClosed.
  virtual void newest(std::optional<std::string> source,
                      std::function<void(Result<std::optional<NewestEvent>>)> answer) = 0;

  /// How the declared views stand, by name, then by id. Errors: as audit().
  virtual void views(std::function<void(Result<std::vector<ViewReport>>)> answer) = 0;

  /// Cells of a declared view with what growing measures keep, of a moment after this call. Errors:
  /// kInvalid, there is no such view, or it cannot be read; kExhausted, they are too much; else as
  /// ViewSink::take().
  virtual void whole_rows(WholeRowsQuery query, std::function<void(Result<WholeRows>)> answer) = 0;

  /// The account of a declared view, by source and hour, of a moment after this call. Errors:
  /// kInvalid, there is no such view, or it cannot be read; else as ViewSink::take().
  virtual void books(std::string view, std::function<void(Result<ViewBooks>)> answer) = 0;

  /// The books at one consistent cut. Errors: kClosed; no memory for them.
  virtual void audit(std::function<void(Result<AuditReport>)> answer) = 0;
};

}  // namespace hapax
