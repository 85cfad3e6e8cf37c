// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "http/error_response.hpp"
#include "http/http.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// For whoever asks while, or after, the server stops.
inline Error shutting_down() {
  return {ErrorKind::kClosed, "the server is shutting down", "retry after the restart"};
}

/// The answer to a query that was right for the view that was there when it was asked: that there
/// is another one by now is no mistake of who asked.
inline HttpResponse view_error(const Error& error) {
  return is_view_gone(error) ? error_response(503, "view_changed", error.text())
                             : error_response(error);
}

}  // namespace hapax
