// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// The answer of GET /api/views as a table for people: a line a view. Errors: kUnavailable, it is
/// no such answer.
Result<std::string> view_table(std::string_view answer);

/// The answer of GET /api/views/{name}/explain for people. Errors: as view_table().
Result<std::string> explain_text(std::string_view answer);

/// JSON with a line a member. Errors: as view_table().
Result<std::string> indented(std::string_view answer);
/// The same of the view `name` in an answer of GET /api/views. Errors: also when there is none.
Result<std::string> view_in(std::string_view answer, std::string_view name);

/// How far the views of an answer of GET /api/views are, or the one of an explain.
struct MakingOfViews {
  bool is_over = true;     ///< All of them are live, or cannot be made.
  std::string text = {};   ///< A line for each that is being made: how far, how fast, how long.
  std::string error = {};  ///< Why one cannot be made.
};
Result<MakingOfViews> making_of(std::string_view answer);

/// An answer of GET /api/views/{name}/accounts for people.
struct AccountsPage {
  std::string text = {};    ///< With a head, when it is the first page.
  std::string check = {};   ///< The sums, if they were asked for.
  std::string next = {};    ///< The cursor of the page behind it; empty: it is the last.
  std::string broken = {};  ///< What does not balance; empty when all does.
};
Result<AccountsPage> accounts_page(std::string_view answer, bool is_first);

/// "message" of an answer, in words of the command line, or "status 500" when it has none.
std::string message_of(int status, std::string_view answer);

}  // namespace hapax
