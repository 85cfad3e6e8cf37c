#pragma once

#include <string>

#include "core/result.hpp"
#include "ports/http.hpp"

namespace hapax {

/// An error as JSON that carries every vendor's keys at once, since SDKs look for their own.
HttpResponse error_answer(int status, const std::string& code, const std::string& message);

/// The one place where kinds of errors become HTTP codes.
HttpResponse error_answer(const Error& error);

}  // namespace hapax
