// SPDX-License-Identifier: Apache-2.0
#include "view_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "views/catalog/catalog_change.hpp"

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

/// Until when it is kept; nothing: it is declared.
std::string retired_text(const Json& view) {
  const auto since = parse_timestamp(text_or(view.at("retired_at"), ""));
  return since ? "declared no more, kept until " +
                     to_iso8601(saturating_add(*since, kRetiredViewsKept))
               : "";
}

/// How far it is, from when on it is complete, until when it is kept: what there is to say.
std::string notes_of(const Json& view) {
  const std::string from = text_or(view.at("complete_from"), "");
  std::string text;
  for (const std::string& note :
       {view.contains("error") ? view.at("error").get<std::string>()
                               : progress_text(view.at("progress")),
        from.empty() ? from : "complete from " + from, retired_text(view)}) {
    text += text.empty() || note.empty() ? note : "; " + note;
  }
  return text;
}

std::string row_of(const Json& view) {
  return fmt::format("{:<32} {:<12} {:<9} {:<36} {}\n", view.at("name").get<std::string>(),
                     view.contains("error") ? "failed" : view.at("state").get<std::string>(),
                     view.at("origin").get<std::string>(), text_or(view.at("id"), "-"),
                     notes_of(view));
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

std::string line(std::string_view about, std::string_view said) {
  return said.empty() ? "" : fmt::format("{:<8} {}\n", about, said);
}

/// "n = count, users = uniques(user); by source"
std::string plan_text(const Json& plan) {
  if (plan.is_null()) {
    return "";
  }
  std::string text;
  for (const auto& [name, measure] : plan.at("measures").items()) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, measure.get<std::string>());
  }
  const char* before = "; by ";
  for (const Json& field : plan.at("group")) {
    text += std::exchange(before, ", ") + field.get<std::string>();
  }
  return text;
}

std::string account_text(const Json& view) {
  const Json& account = view.at("account");
  const auto count = [&](const char* name) { return account.at(name).get<std::uint64_t>(); };
  const Json& took = view.at("nanoseconds_per_event");
  return fmt::format("{} match: {} counted, {} expired, {} without a key{}", count("matching"),
                     count("counted"), count("expired"), count("without_key"),
                     took.is_null() ? "" : fmt::format("; {:.0f} ns each", took.get<double>()));
}

/// "at least 12 cells, 345 bytes; 7 in memory, 900 bytes"
std::string extent_text(const Json& view) {
  const Json& extent = view.at("extent");
  const Json& memory = view.at("memory");
  std::string text;
  if (!extent.is_null()) {
    text = fmt::format("{}{} cells, {} bytes; ", extent.at("whole").get<bool>() ? "" : "at least ",
                       extent.at("cells").get<std::uint64_t>(),
                       extent.at("bytes").get<std::uint64_t>());
  }
  return text + fmt::format("{} in memory, {} bytes", memory.at("hot_cells").get<std::uint64_t>(),
                            memory.at("bytes").get<std::uint64_t>());
}

std::string widest_text(const Json& extent) {
  if (extent.is_null() || extent.at("widest_window").is_null()) {
    return "";
  }
  const Json& widest = extent.at("widest_window");
  return fmt::format("{} cells {}", widest.at("cells").get<std::uint64_t>(),
                     widest.at("start").is_null()
                         ? "in all of time"
                         : "in the window of " + widest.at("start").get<std::string>());
}

std::string largest_text(const Json& extent) {
  if (extent.is_null() || extent.at("largest_cell").is_null()) {
    return "";
  }
  const Json& largest = extent.at("largest_cell");
  return fmt::format("{} bytes, {}", largest.at("bytes").get<std::uint64_t>(),
                     largest.at("group").dump());
}

std::string lacks_text(const Json& view) {
  const Json& from = view.at("complete_from");
  return from.is_null() ? "" : "events of windows that begin before " + from.get<std::string>();
}

std::string state_text(const Json& view) {
  const std::string progress = progress_text(view.at("progress"));
  const auto state = view.at("state").get<std::string>();
  return view.contains("error") ? "failed: " + view.at("error").get<std::string>()
         : progress.empty()     ? state
                                : state + ", " + progress;
}

std::string account_line(std::string_view first, const Json& row) {
  const auto count = [&](const char* name) {
    return row.at(name).at("count").get<std::uint64_t>();
  };
  return fmt::format("{:<24} {:<24} {:>12} {:>12} {:>12} {:>12}\n", first,
                     row.at("source").get<std::string>(), count("matching"), count("counted"),
                     count("expired"), count("without_key"));
}

std::string accounts_head(const Json& json) {
  return line("whole", json.at("whole_from").is_null()
                           ? "from the first event on"
                           : "from " + json.at("whole_from").get<std::string>() + " on") +
         fmt::format("{:<24} {:<24} {:>12} {:>12} {:>12} {:>12}\n", "HOUR", "SOURCE", "MATCHING",
                     "COUNTED", "EXPIRED", "WITHOUT KEY");
}

/// Of a source, with what all hours come to, and the rest.
void add_check(const Json& check, AccountsPage& to) {
  const auto source = check.at("source").get<std::string>();
  for (const char* part : {"account", "hours", "rest"}) {
    Json row = check.at(part);
    row["source"] = source;
    to.check += account_line(part, row);
  }
  to.broken += check.at("balanced").get<bool>() ? "" : " " + source;
}

}  // namespace

Result<std::string> explain_text(std::string_view answer) {
  return with_json(answer, [](const Json& view) {
    std::string text =
        line("view",
             fmt::format("{} ({}), declared by {}", view.at("name").get<std::string>(),
                         text_or(view.at("id"), "-"), view.at("origin").get<std::string>())) +
        line("state", state_text(view)) + line("lacks", lacks_text(view)) +
        line("counts", plan_text(view.at("plan"))) + line("events", account_text(view)) +
        line("holds", extent_text(view)) + line("widest", widest_text(view.at("extent"))) +
        line("largest", largest_text(view.at("extent")));
    for (const Json& near : view.at("near_limits")) {
      text += line("limit", near.get<std::string>());
    }
    return text;
  });
}

Result<std::string> view_table(std::string_view answer) {
  return with_json(answer, [](const Json& json) {
    std::string table =
        fmt::format("{:<32} {:<12} {:<9} {:<36} {}\n", "NAME", "STATE", "BY", "ID", "NOTES");
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

Result<AccountsPage> accounts_page(std::string_view answer, bool is_first) {
  return with_json(answer, [is_first](const Json& json) {
    AccountsPage page{.text = is_first ? accounts_head(json) : ""};
    for (const Json& row : json.at("rows")) {
      const auto hour = row.at("hour").get<std::string>();
      page.text += account_line(hour, row);
      page.broken += row.at("balanced").get<bool>() ? "" : " " + hour;
    }
    for (const Json& check : json.value("check", Json::array())) {
      add_check(check, page);
    }
    page.next = text_or(json.at("next"), "");
    return page;
  });
}

std::string message_of(int status, std::string_view answer) {
  const auto message = with_json(answer, [](const Json& json) {
    const auto code = json.value("code", "");
    return code == "invalid_key" || code == "not_signed_in" || code == "not_allowed"
               ? "the server asks for another key: give one of api.admin_keys with --key, or name "
                 "the data directory of a server on this machine with --data-dir"
               : json.at("message").get<std::string>();
  });
  return message ? *message : fmt::format("status {}", status);
}

}  // namespace hapax
