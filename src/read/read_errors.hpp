// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "http/error_response.hpp"
#include "http/http.hpp"

namespace hapax {

/// For whoever asks while, or after, the server stops.
inline Error shutting_down() {
  return {ErrorKind::kClosed, "the server is shutting down", "retry after the restart"};
}

/// The answer to a query of a declared view that was right for the view that was there when it was
/// read.
inline HttpResponse view_error(const Error& error) {
  return error.kind == ErrorKind::kInvalid ? error_response(503, "view_changed", error.text())
                                           : error_response(error);
}

}  // namespace hapax
