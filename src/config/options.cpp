// SPDX-License-Identifier: Apache-2.0
#include "config/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "config/cluster_options.hpp"
#include "config/option_kinds.hpp"

namespace hapax {
namespace {

using option_kinds::bytes;
using option_kinds::count;
using option_kinds::duration;
using option_kinds::keys;
using option_kinds::secret;
using option_kinds::split;
using option_kinds::switch_on;
using option_kinds::text;
using option_kinds::trim;
using option_kinds::yes_or_no;

Result<void> set_write_keys(Settings& settings, std::string_view value) {
  settings.write_keys.clear();
  for (const auto pair : split(value)) {
    const auto equals = std::min(pair.find('='), pair.size());
    const auto key = trim(pair.substr(0, equals));
    const auto source = trim(pair.substr(std::min(equals + 1, pair.size())));
    if (key.empty() || source.empty()) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = "a write key is not of the form key=source",
                   .hint = "for example write_keys = \"3f9c0d=web,77aa01=ios\""};
    }
    const auto [known, is_new] = settings.write_keys.emplace(key, source);
    if (!is_new) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = fmt::format("one write key is there twice, for \"{}\" and \"{}\"",
                                          known->second, source),
                   .hint = "give each source keys of its own"};
    }
  }
  return {};
}

/// "k1,k2=web,k2=ios".
Result<void> set_read_keys(Settings& settings, std::string_view value) {
  settings.read_keys.clear();
  for (const auto part : split(value)) {
    const auto equals = part.find('=');
    const auto key = trim(part.substr(0, equals));
    const auto source =
        equals == std::string_view::npos ? std::string_view() : trim(part.substr(equals + 1));
    const bool is_bound = equals != std::string_view::npos;
    if (key.empty() || (is_bound && (source.empty() || source.starts_with('=')))) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = "a read key is neither of the form key nor key=source",
                   .hint =
                       "for example read_keys = \"51ab0e,9d02cc=web,9d02cc=ios\"; a key has no "
                       "'=' in it"};
    }
    const auto [known, is_new] = settings.read_keys.try_emplace(std::string(key));
    if (!is_new && known->second.empty() == is_bound) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = "one read key is there with a source and without",
                   .hint = "one that reads everything needs no source"};
    }
    if (is_bound) {
      known->second.emplace(source);
    }
  }
  return {};
}

/// Names of hosts, in lower case, without ports.
Result<void> set_hosts(Settings& settings, std::string_view value) {
  settings.hosts.clear();
  for (const auto part : split(value)) {
    std::string name(part);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name.find_first_of(":/*") != std::string::npos) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = fmt::format("\"{}\" is not the name of a host", part),
                   .hint = "for example hosts = \"events.example.com\": no protocol, port or *"};
    }
    settings.hosts.insert(std::move(name));
  }
  return {};
}

Result<void> set_log_level(Settings& settings, std::string_view value) {
  constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
  if (std::find(kLevels.begin(), kLevels.end(), value) == kLevels.end()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("\"{}\" is no log level", value),
                 .hint = "use debug, info, warn or error"};
  }
  settings.log_level = value;
  return {};
}

std::vector<Option> make_options() {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  using S = Settings;
  constexpr std::uint64_t kMiB = 1U << 20U;
  constexpr std::uint64_t kGiB = 1U << 30U;
  return {
      text("http.listen", &S::listen, "Address and port; port 0 takes a free one."),
      count("http.threads", &S::http_threads, {0, 256}, "Threads for HTTP; 0 is half the cores."),
      count("http.connections_limit", &S::connections_limit, {1, 1'000'000},
            "Open connections; more are closed at once."),
      {.key = "http.hosts",
       .help =
           "Names by which browsers reach this server, as a list; under others nobody signs in, "
           "but under localhost and addresses. Empty: under any.",
       .set = set_hosts,
       .show =
           [](const Settings& settings) {
             std::string shown;
             for (const auto& host : settings.hosts) {
               shown.append(shown.empty() ? "" : ",").append(host);
             }
             return shown;
           }},
      bytes("http.body_bytes_limit", &S::body_bytes_limit, {1024, kGiB},
            "Largest request body, as sent."),
      bytes("http.body_bytes_in_flight_limit", &S::body_bytes_in_flight_limit, {kMiB, 64 * kGiB},
            "All request bodies held at one time; over it requests get 503."),
      bytes("http.transfer_bytes_per_second_min", &S::transfer_bytes_per_second_min, {1, kMiB},
            "What a client must send, or take of an answer, each second; a slower one is cut off."),
      duration("http.transfer_grace", &S::transfer_grace, seconds(1), minutes(10),
               "How far a client may fall behind that rate, and how long it may pause."),
      bytes("collector.decoded_body_bytes_limit", &S::decoded_body_bytes_limit,
            {1024, kAppendBytesLimit}, "Largest request body after decompression."),
      bytes("collector.event_bytes_limit", &S::event_bytes_limit, {1024, 16 * kMiB},
            "Largest event, with the context of its batch; larger ones become dead letters."),
      count("collector.batch_events_limit", &S::batch_events_limit, {1, 1'000'000},
            "Most events in one request."),
      count("collector.sources_limit", &S::sources_limit, {1, 100'000},
            "Without write keys: sources that are taken from one start to the next."),
      duration("collector.clock_ahead_limit", &S::clock_ahead_limit, milliseconds(0), hours(24),
               "Event times further ahead of our clock become the time of arrival."),
      {.key = "collector.write_keys",
       .help = "Who may send, as key=source pairs: \"3f9c0d=web,77aa01=ios\". Empty: everybody on "
               "this machine, and the key names the source.",
       .set = set_write_keys,
       .show =
           [](const Settings& settings) {
             std::string shown;
             for (const auto& [key, source] : settings.write_keys) {
               shown += fmt::format("{}***={}", shown.empty() ? "" : ",", source);
             }
             return shown;
           },
       .secret = true},
      {.key = "api.read_keys",
       .help = "Who may query, as a list of keys: \"k1,k2=web,k2=ios\". A key with sources reads "
               "their rows and nothing else; of users and sessions that began in them also what "
               "these did in other sources.",
       .set = set_read_keys,
       .show =
           [](const Settings& settings) {
             std::string shown;
             for (const auto& [key, sources] : settings.read_keys) {
               shown += sources.empty() ? fmt::format("{}***", shown.empty() ? "" : ",") : "";
               for (const auto& source : sources) {
                 shown += fmt::format("{}***={}", shown.empty() ? "" : ",", source);
               }
             }
             return shown;
           },
       .secret = true},
      keys("api.event_keys", &S::event_keys,
           "Who may see single events, as a list of keys, and query. Events are people's data."),
      keys("api.admin_keys", &S::admin_keys,
           "Who may change views and the like over HTTP, as a list of keys, see events and query."),
      duration("api.after_wait_max", &S::after_wait_max, milliseconds(0), minutes(5),
               "Longest wait of a query with after=<receipt>; then it answers 504."),
      count("api.query_threads", &S::query_threads, {0, 256},
            "Threads of low priority that answer queries; 0 is half the cores."),
      text("log.data_dir", &S::data_dir, "Where everything is stored."),
      count("log.partitions", &S::partitions, {1, 64},
            "Shards of the event log; fixed when the data directory is made."),
      bytes("log.segment_bytes", &S::segment_bytes, {kMiB, 4 * kGiB}, "Size of a log file."),
      bytes("log.queue_bytes_limit", &S::queue_bytes_limit, {kMiB, 16 * kGiB},
            "Records waiting to be written; over it requests get 503."),
      duration("log.retention_age", &S::retention_age, minutes(1), hours(24 * 3650),
               "Log files younger than this are kept."),
      bytes("log.retention_bytes", &S::retention_bytes, {kMiB, std::uint64_t{1} << 50U},
            "The log's newest bytes up to this size are kept, as they are on the disk; a file goes "
            "when it is over age or over size, never before it was processed."),
      yes_or_no("log.compress", &S::compress,
                "Whether full log files are compressed (zstd), in the background and at the lowest "
                "priority. Both kinds are read whatever this says."),
      count(
          "processing.shards", &S::processing_shards, {0, 64},
          "Threads that share the work of processing events; 0 is half the cores. No number and no "
          "stored byte depends on it."),
      duration("dedup.window", &S::dedup_window, minutes(1), hours(24 * 365),
               "How long an id is remembered. A longer window than before knows what was not "
               "forgotten yet."),
      yes_or_no("dedup.may_forget", &S::dedup_may_forget,
                "Whether a start may make dedup.window shorter than the log was written under, so "
                "that retries of older ids count again."),
      count("dedup.ids_limit", &S::dedup_ids_limit, {1000, 100'000'000'000ULL},
            "Ids in the window at which the metric dedup_window_pressure raises an alarm; nothing "
            "is forgotten early."),
      count(
          "names.new_per_day", &S::new_names_per_day, {0, 100'000'000},
          "Event names that each source may begin to use in a day (UTC); events with further ones "
          "become dead letters. 0: any."),
      duration("views.out_of_order_bound", &S::out_of_order_bound, milliseconds(0), hours(24),
               "How far events of one partition may be out of order without being late."),
      duration("views.idle_timeout", &S::idle_timeout, milliseconds(100), hours(1),
               "Silence after which the clock, not events, closes windows."),
      text("views.defaults", &S::default_views,
           "Which of the views that are built in are there (docs/views.md): a list of names, "
           "\"a,b\", all or none."),
      bytes(
          "views.memory_bytes_max", &S::view_memory_bytes_max,
          {std::uint64_t{16} << 20U, std::uint64_t{1} << 40U},
          "Memory of what is counted at the moment: about 400 bytes for each cell, and for each "
          "key of a view over keys. Beyond it what was not touched for the longest time is in the "
          "store alone, and an event that comes for it waits some microseconds."),
      count("views.groups_max", &S::view_groups_max, {1, 10'000'000},
            "Groups of a view that are kept apart, of each window and source; beyond it the others "
            "are counted together (docs/views.md). A view may say its own."),
      duration("views.accounts_keep", &S::view_accounts_keep, hours(1), hours(24 * 3650),
               "For how long the accounts of views are kept by the hour (docs/http-api.md)."),
      bytes(
          "views.keys_bytes_max", &S::view_keys_bytes_max,
          {std::uint64_t{64} << 10U, std::uint64_t{1} << 40U},
          "What the keys of a window of a view over keys may weigh, of sessions all keys of the "
          "view: 64 bytes and itself each; beyond it a sample of them is counted (docs/views.md). "
          "A view may say its own."),
      yes_or_no(
          "views.may_drop_history", &S::may_drop_history,
          "Whether a view of the file that has changed may be counted anew when the log holds "
          "its beginning no more, so that its older windows are lost."),
      count("gaps.missing_max", &S::gaps_missing_max, {0, 8'192},
            "Of a device of which more numbers are missing it is not believed that they were sent: "
            "it is in no total (docs/http-api.md). Counted anew at the start after a change."),
      count("gaps.missing_per_arrived_max", &S::gaps_missing_per_arrived_max, {0, 65'536},
            "The same for more than so many missing numbers for each one that came."),
      bytes("gaps.memory_bytes_max", &S::gaps_memory_bytes_max,
            {std::uint64_t{1} << 20U, std::uint64_t{1} << 40U},
            "Memory of the numbers of devices: about 500 bytes for each. Beyond it those that did "
            "not come for the longest time are in the store alone."),
      duration("clock.jump_max", &S::clock_jump_max, seconds(1), hours(24 * 30),
               "How far our clock may have jumped, from start to start and all together, before "
               "somebody confirms it; beyond that what comes is in doubt (docs/clock.md)."),
      duration("clock.steady_after", &S::clock_steady_after, minutes(1), hours(24 * 365),
               "A doubted clock that runs steadily for so long is believed."),
      yes_or_no("clock.trusted", &S::clock_trusted,
                "Whether our clock is always right at a start, where the kernel cannot know that "
                "it is synchronised."),
      duration("processor.checkpoint_interval", &S::checkpoint_interval, milliseconds(100),
               hours(1), "Time between checkpoints; a restart replays at most this much."),
      switch_on(
          "server.dev", &S::dev,
          "For development: whoever connects may everything, without a login. Only on loopback "
          "addresses, and not for what comes through a proxy or under another name."),
      duration("alerts.interval", &S::alerts_interval, milliseconds(100), hours(1),
               "Time between two looks at what alerts watch (docs/alerts.md)."),
      text("alerts.smtp_url", &S::smtp_url,
           "The mail server of alerts: \"smtp://mail.example.com:587\" or \"smtps://...\". Empty: "
           "they send no mail."),
      text("alerts.smtp_from", &S::smtp_from,
           "The address that they are from; needed with alerts.smtp_url."),
      text("alerts.smtp_user", &S::smtp_user,
           "The user that the mail server asks for. Then the connection must be encrypted, but to "
           "this machine."),
      secret("alerts.smtp_password", &S::smtp_password, "That user's password."),
      text("alerts.smtp_password_file", &S::smtp_password_file,
           "A file that holds it in its first line, in place of alerts.smtp_password."),
      {.key = "server.log_level",
       .help = "debug, info, warn or error.",
       .set = set_log_level,
       .show = [](const Settings& settings) { return settings.log_level; }},
  };
}

}  // namespace

std::span<const Option> options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> made = make_options();
    std::ranges::move(cluster_options(), std::back_inserter(made));
    return made;
  }();
  return all;
}

std::string environment_name(const Option& option) {
  std::string name(kEnvironmentPrefix);
  for (const char c : option.key) {
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string flag_name(const Option& option) {
  const bool everyday =
      option.key == "http.listen" || option.key == "log.data_dir" || option.key == "server.dev";
  std::string name(option.key.substr(everyday ? option.key.find('.') + 1 : 0));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '_' || c == '.'; }, '-');
  return "--" + name;
}

}  // namespace hapax
