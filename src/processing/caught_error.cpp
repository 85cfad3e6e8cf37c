// SPDX-License-Identifier: Apache-2.0
#include "processing/caught_error.hpp"

#include <exception>
#include <new>
#include <string>

namespace hapax {
namespace {

constexpr const char* kNoMemory = "out of memory";  // Short enough to need none.

Error describe() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kExhausted, kNoMemory, "add memory, or lower the limits"};
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, std::string("unexpected exception: ") + error.what(),
            "please report it"};
  } catch (...) {
    return {ErrorKind::kInternal, "unexpected exception of unknown kind", "please report it"};
  }
}

}  // namespace

Error caught_error() noexcept {
  try {
    return describe();
  } catch (...) {
    return {ErrorKind::kExhausted, kNoMemory};
  }
}

}  // namespace hapax
