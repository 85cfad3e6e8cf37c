// SPDX-License-Identifier: Apache-2.0
#include "config/load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

#include "config/options.hpp"
#include "config/toml.hpp"
#include "core/nearest.hpp"

namespace hapax {
namespace {

/// The nearest of what `name_of` calls our settings.
std::optional<std::string> nearest_setting(std::string_view word,
                                           std::string (*name_of)(const Option&)) {
  std::vector<std::string> names;
  for (const auto& option : options()) {
    names.push_back(name_of(option));
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto found = nearest(word, known);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

Error unknown_key(std::string_view key, std::string_view file_name) {
  const auto meant =
      nearest_setting(key, [](const Option& option) { return std::string(option.key); });
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("{}: there is no setting \"{}\"", file_name, key),
          .hint = (meant ? fmt::format("did you mean \"{}\"? ", *meant) : "") +
                  "hapax config print shows all"};
}

const Option* find_option(std::string_view key) {
  const auto all = options();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [key](const Option& option) { return option.key == key; });
  return found == all.end() ? nullptr : &*found;
}

/// HAPAX_LISTEN is HAPAX_HTTP_LISTEN without its section, as of the flag; else it is misspelt.
std::optional<std::string> meant_variable(std::string_view name) {
  const auto ending = name.substr(kEnvironmentPrefix.size() - 1);
  for (const auto& option : options()) {
    if (auto known = environment_name(option); known.ends_with(ending)) {
      return known;
    }
  }
  return nearest_setting(name, environment_name);
}

std::string as_text(const toml::node& node);

/// "name=value" pairs, a comma in a value written twice. A name with dots in it may be without
/// quotes: then it is a table in a table.
void add_pairs(const std::string& prefix, const toml::table& table, std::string& joined) {
  for (const auto& [key, value] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = value.as_table()) {
      add_pairs(name + ".", *inner, joined);
      continue;
    }
    joined += (joined.empty() ? "" : ",") + name + "=";
    for (const char c : as_text(value)) {
      joined.append(c == ',' ? 2 : 1, c);
    }
  }
}

/// TOML values as the text that an option's set() takes.
std::string as_text(const toml::node& node) {
  if (const auto* string = node.as_string()) {
    return string->get();
  }
  std::string joined;
  if (const auto* table = node.as_table()) {
    add_pairs("", *table, joined);
    return joined;
  }
  if (const auto* array = node.as_array()) {
    for (const auto& value : *array) {
      joined += (joined.empty() ? "" : ",") + as_text(value);
    }
    return joined;
  }
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

/// Only addresses that lead nowhere else, and the name that must stand for one of them.
bool is_loopback(const std::string& address) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    constexpr std::uint32_t kLoopbackNet = 127;
    return ntohl(v4.s_addr) >> 24U == kLoopbackNet;
  }
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  }
  return address == "localhost";
}

using Values = std::map<std::string, std::string, std::less<>>;

/// A table of each [[view]], which are none of our settings.
bool declares_views(std::string_view section, const toml::node& node) {
  return section == "view" && node.is_array_of_tables();
}

Error no_section(std::string_view section, const toml::node& node, std::string_view file_name) {
  Error error = unknown_key(section, file_name);
  if (node.is_array() && section.starts_with("view")) {
    error.hint = "each view begins with [[view]] (docs/views.md)";
  }
  return error;
}

Error no_setting(std::string_view key, std::string_view file_name) {
  Error error = unknown_key(key, file_name);
  if (key.starts_with("view.")) {
    error.hint = "a view begins with [[view]] (docs/views.md); " + error.hint;
  }
  return error;
}

Result<Values> read_file(const SettingsInput& input) {
  Values values;
  toml::table file;
  try {
    file = parse_toml(*input.file_text);
  } catch (const toml::parse_error& failure) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("{}:{}: {}", input.file_name, failure.source().begin.line,
                                        failure.description())};
  }
  for (const auto& [section, node] : file) {
    if (declares_views(section.str(), node)) {
      continue;
    }
    const auto* table = node.as_table();
    if (table == nullptr) {
      return no_section(section.str(), node, input.file_name);
    }
    for (const auto& [name, value] : *table) {
      const auto key = fmt::format("{}.{}", std::string_view(section), std::string_view(name));
      if (find_option(key) == nullptr) {
        return no_setting(key, input.file_name);
      }
      values.emplace(key, as_text(value));
    }
  }
  return values;
}

Result<void> apply(LoadedSettings& loaded, const Option& option, std::string_view value,
                   std::string origin) {
  auto set = option.set(loaded.settings, value);
  if (!set) {
    auto error = std::move(set).error();
    error.message = fmt::format("{} ({}): {}", option.key, origin, error.message);
    return error;
  }
  loaded.origins.insert_or_assign(std::string(option.key), std::move(origin));
  return {};
}

Result<void> check_together(const Settings& settings) {
  HAPAX_ASSIGN(const auto listen, parse_listen(settings.listen));
  if (!listen.loopback && settings.dev) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("http.listen = \"{}\" can be reached from other machines, "
                                        "and server.dev lets everybody in",
                                        settings.listen),
                 .hint = "leave out --dev and sign in, or listen on 127.0.0.1"};
  }
  if (!listen.loopback && settings.write_keys.empty()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("http.listen = \"{}\" can be reached from other machines, "
                                        "but there are no write keys: everybody could send",
                                        settings.listen),
                 .hint = "set collector.write_keys, or listen on 127.0.0.1"};
  }
  if (settings.event_bytes_limit > settings.decoded_body_bytes_limit) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message =
                     "collector.event_bytes_limit is above "
                     "collector.decoded_body_bytes_limit",
                 .hint = "an event comes inside a body: raise the body's limit too"};
  }
  return {};
}

}  // namespace

Result<LoadedSettings> load_settings(const SettingsInput& input) {
  LoadedSettings loaded;
  Values file;
  if (input.file_text) {
    HAPAX_ASSIGN(file, read_file(input));
  }
  for (const auto& option : options()) {
    loaded.origins.emplace(option.key, "default");
    if (const auto value = file.find(option.key); value != file.end()) {
      HAPAX_TRY(apply(loaded, option, value->second, input.file_name));
    }
    const auto variable = environment_name(option);
    if (const auto value = input.environment(variable)) {
      HAPAX_TRY(apply(loaded, option, *value, variable));
    }
    if (const auto value = input.flags.find(option.key); value != input.flags.end()) {
      HAPAX_TRY(apply(loaded, option, value->second, flag_name(option)));
    }
  }
  HAPAX_TRY(check_together(loaded.settings));
  return loaded;
}

std::vector<UnknownVariable> unknown_variables(const std::vector<std::string>& names) {
  std::vector<UnknownVariable> unknown;
  for (const auto& name : names) {
    const auto is_it = [&name](const Option& option) { return environment_name(option) == name; };
    if (name.starts_with(kEnvironmentPrefix) && name != kConfigVariable &&
        name != kAdminKeyVariable && std::ranges::none_of(options(), is_it)) {
      unknown.push_back({.name = name, .meant = meant_variable(name).value_or("")});
    }
  }
  return unknown;
}

std::string print_settings(const LoadedSettings& loaded) {
  std::string page;
  for (const auto& option : options()) {
    const auto setting = fmt::format("{} = \"{}\"", option.key, option.show(loaded.settings));
    page += fmt::format("{:<58} # {}\n", setting, loaded.origins.find(option.key)->second);
  }
  return page;
}

std::string config_reference() {
  std::string page =
      "# Settings\n\n"
      "<!-- Made by `hapax config reference`; a test compares it. -->\n\n"
      "Hapax starts without any. A flag beats the environment, the environment beats the file, "
      "the\n"
      "file beats the default; `hapax config print` shows the values in force and where each came\n"
      "from. The file is `hapax.toml` in the working directory, or what `--config` names. Sizes "
      "take\n"
      "B, KiB, MiB, GiB; durations ms, s, m, h, d. All take effect at the next start.\n\n"
      "The file also declares views, a table `[[view]]` each: [views.md](views.md).\n\n"
      "| setting | default | flag | environment | meaning |\n|---|---|---|---|---|\n";
  const Settings defaults;
  for (const auto& option : options()) {
    page += fmt::format("| `{}` | `{}` | `{}` | `{}` | {} |\n", option.key, option.show(defaults),
                        flag_name(option), environment_name(option), option.help);
  }
  return page;
}

Result<ListenAddress> parse_listen(std::string_view listen) {
  const auto colon = listen.rfind(':');
  ListenAddress parsed;
  std::string_view port;
  if (colon != std::string_view::npos) {
    port = listen.substr(colon + 1);
    parsed.address = listen.substr(0, colon);
  }
  if (parsed.address.starts_with('[') && parsed.address.ends_with(']')) {
    parsed.address = parsed.address.substr(1, parsed.address.size() - 2);
  }
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (parsed.address.empty() || port.empty() || failure != std::errc() ||
      end != port.data() + port.size()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("http.listen = \"{}\" is not address:port", listen),
                 .hint = "for example 127.0.0.1:8080, localhost:8080 or [::1]:8080"};
  }
  parsed.loopback = is_loopback(parsed.address);
  return parsed;
}

}  // namespace hapax
