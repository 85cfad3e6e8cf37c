// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace hapax {

/// What the caller must do about an error. Stored nowhere, so values may be reordered.
enum class ErrorKind {
  kInvalid,      ///< The input is wrong: fix it, do not retry it.
  kUnavailable,  ///< The component cannot serve now or until it is reopened.
  kCorrupt,      ///< Stored bytes are not what was written: stop, and let an operator decide.
  kExhausted,    ///< A named limit or the disk is full: free something, then retry.
  kTimedOut,     ///< What the caller waits for did not come in the time it gave: ask again.
  kClosed,       ///< The component was closed on purpose.
  kInternal,     ///< A bug in this program.
};

/// What there is no more of, when an Error is kExhausted.
enum class Resource {
  kSpace,   ///< On the disk, in a queue, under a named limit.
  kSystem,  ///< Descriptors, memory, the size that a file may have.
};

/// Why something failed. Messages name the thing, the value, and what did not fit.
struct [[nodiscard]] Error {
  ErrorKind kind;
  std::string message;
  std::string hint = {};                 ///< What to do next; empty when there is nothing to do.
  Resource resource = Resource::kSpace;  ///< Of kExhausted.

  /// One line for a log or a terminal: the message, then the hint.
  std::string text() const { return hint.empty() ? message : message + "; " + hint; }
};

/// Whether what failed so may succeed when it is tried again.
inline bool may_be_retried(const Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kExhausted;
}

/// A value or the Error that prevented it. Has the member names of std::expected, so that it can
/// become an alias of it once the compiler has one.
/// Threading: as its value.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return assert(has_value()), std::get<0>(state_); }
  const T& value() const& { return assert(has_value()), std::get<0>(state_); }
  T&& value() && { return assert(has_value()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  template <typename F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) {
      return std::move(*this).error();
    }
    return std::forward<F>(next)(std::move(*this).value());
  }

  template <typename F>
  auto transform(F&& convert) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) {
      return std::move(*this).error();
    }
    return std::forward<F>(convert)(std::move(*this).value());
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or the Error that prevented it.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  // Written out: `return {}` would fill a defaulted one with zeros first, all of Error's room.
  Result() {}                                                                // NOLINT
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return error_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  void value() const { assert(has_value()); }

  Error& error() & { return std::get<1>(error_); }
  const Error& error() const& { return std::get<1>(error_); }
  Error&& error() && { return std::get<1>(std::move(error_)); }

  /// The searchable way to ignore a failure on purpose; say why beside the call.
  void permit_unchecked_error() const {}

  template <typename F>
  auto and_then(F&& next) && -> std::invoke_result_t<F> {
    if (!has_value()) {
      return std::move(*this).error();
    }
    return std::forward<F>(next)();
  }

 private:
  std::variant<std::monostate, Error> error_;
};

}  // namespace hapax

/// Evaluates `expression` (a Result<void>) and returns its Error from the calling function.
#define HAPAX_TRY(expression)                              \
  do {                                                     \
    if (auto hapax_result = (expression); !hapax_result) { \
      return std::move(hapax_result).error();              \
    }                                                      \
  } while (false)

#define HAPAX_CONCAT_INNER(a, b) a##b
#define HAPAX_CONCAT(a, b) HAPAX_CONCAT_INNER(a, b)

/// Declares `declaration` with the value of `expression`, or returns its Error.
#define HAPAX_ASSIGN(declaration, expression)                        \
  auto HAPAX_CONCAT(hapax_result_, __LINE__) = (expression);         \
  if (!HAPAX_CONCAT(hapax_result_, __LINE__)) {                      \
    return std::move(HAPAX_CONCAT(hapax_result_, __LINE__)).error(); \
  }                                                                  \
  declaration = std::move(HAPAX_CONCAT(hapax_result_, __LINE__)).value() /* NOLINT */
