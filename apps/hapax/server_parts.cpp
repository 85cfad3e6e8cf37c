// SPDX-License-Identifier: Apache-2.0
#include "server_parts.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "access/listen_file.hpp"
#include "access/token_file.hpp"
#include "component_settings.hpp"
#include "descriptor_limit.hpp"

namespace hapax {

HttpServerSettings bounded_http_settings(const Settings& settings, const ListenAddress& listen) {
  auto http = http_settings(settings, listen);
  const std::size_t descriptors = raise_descriptor_limit();
  http.connections_limit = connections_under(descriptors, http.connections_limit);
  if (http.connections_limit < settings.connections_limit) {
    spdlog::warn(
        "msg=\"Fewer connections than http.connections_limit: raise the limit of open files "
        "(ulimit -n, LimitNOFILE).\" connections={} open_files={}",
        http.connections_limit, descriptors);
  }
  return http;
}

std::string authority_of(const ListenAddress& listen, std::uint16_t port) {
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  return fmt::format("{}:{}", is_v6 ? "[" + listen.address + "]" : listen.address, port);
}

void tell_commands_where_it_is(const Settings& settings, Storage& storage,
                               const std::string& authority) {
  const auto noted = note_listen(access_directory(settings.data_dir), storage, authority);
  if (!noted) {
    spdlog::warn("msg=\"Commands on this machine have to be told the address.\" error=\"{}\"",
                 noted.error().message);
  }
}

void say_what_is_damaged(const DocumentStore& documents) {
  const auto current = documents.current();
  for (const auto& [id, document] : *current) {
    if (!document->damage.empty()) {
      spdlog::warn("msg=\"A file is damaged; what it held is not there.\" id={} error=\"{}\"", id,
                   document->damage);
    }
  }
}

}  // namespace hapax
