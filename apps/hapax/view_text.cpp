// SPDX-License-Identifier: Apache-2.0
#include "view_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

/// What `use` makes of the JSON of an answer.
template <typename Use>
auto with_json(std::string_view answer, const Use& use) -> Result<decltype(use(Json()))> {
  try {
    return use(Json::parse(answer));
  } catch (const Json::exception& error) {
    return Error{
        .kind = ErrorKind::kUnavailable,
        .message = fmt::format("the answer is none of this version of hapax: {}", error.what()),
        .hint = "ask the server with the hapax that it runs"};
  }
}

std::string seconds_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return whole < 120    ? fmt::format("{} s", whole)
         : whole < 7200 ? fmt::format("{} min", whole / 60)
                        : fmt::format("{} h", whole / 3600);
}

/// "25.0 % of 1000 records, 100 events/s, 8 s left"
std::string progress_text(const Json& progress) {
  if (progress.is_null()) {
    return "";
  }
  std::string text = fmt::format("{:.1f} % of {} records", progress.at("percent").get<double>(),
                                 progress.at("records_total").get<std::uint64_t>());
  if (const Json& left = progress.at("seconds_left"); !left.is_null()) {
    text +=
        fmt::format(", {:.0f} events/s, {} left", progress.at("events_per_second").get<double>(),
                    seconds_text(left.get<double>()));
  }
  return text;
}

std::string text_or(const Json& value, const char* instead) {
  return value.is_null() ? instead : value.get<std::string>();
}

std::string row_of(const Json& view) {
  const bool is_retired = !view.at("retired_at").is_null();
  const bool is_failed = view.contains("error");
  return fmt::format(
      "{:<32} {:<12} {:<9} {:<36} {}\n", view.at("name").get<std::string>(),
      is_failed ? "failed" : view.at("state").get<std::string>(),
      is_retired ? "nobody" : view.at("origin").get<std::string>(), text_or(view.at("id"), "-"),
      is_failed ? view.at("error").get<std::string>() : progress_text(view.at("progress")));
}

void add_making(const Json& view, MakingOfViews& to) {
  const auto name = view.at("name").get<std::string>();
  if (view.contains("error")) {
    to.error = name + ": " + view.at("error").get<std::string>();
  } else if (const auto state = view.at("state").get<std::string>(); state != "live") {
    to.is_over = false;
    to.text += fmt::format("{}: {}, {}\n", name, state, progress_text(view.at("progress")));
  }
}

}  // namespace

Result<std::string> view_table(std::string_view answer) {
  return with_json(answer, [](const Json& json) {
    std::string table =
        fmt::format("{:<32} {:<12} {:<9} {:<36} {}\n", "NAME", "STATE", "BY", "ID", "PROGRESS");
    for (const Json& view : json.at("views")) {
      table += row_of(view);
    }
    return table;
  });
}

Result<std::string> indented(std::string_view answer) {
  return with_json(answer, [](const Json& json) { return json.dump(2) + "\n"; });
}

Result<std::string> view_in(std::string_view answer, std::string_view name) {
  HAPAX_ASSIGN(const std::string found, with_json(answer, [name](const Json& json) {
                 for (const Json& view : json.at("views")) {
                   if (view.at("name") == name) {
                     return view.dump(2) + "\n";
                   }
                 }
                 return std::string();
               }));
  if (found.empty()) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("there is no view \"{}\"", name),
                 .hint = "hapax view list shows all"};
  }
  return found;
}

Result<MakingOfViews> making_of(std::string_view answer) {
  return with_json(answer, [](const Json& json) {
    MakingOfViews making;
    if (!json.contains("views")) {
      add_making(json, making);
      return making;
    }
    for (const Json& view : json.at("views")) {
      add_making(view, making);
    }
    return making;
  });
}

std::string message_of(int status, std::string_view answer) {
  const auto message =
      with_json(answer, [](const Json& json) { return json.at("message").get<std::string>(); });
  return message ? *message : fmt::format("status {}", status);
}

}  // namespace hapax
