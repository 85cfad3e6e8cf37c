// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "adapters/http/http_server.hpp"
#include "config/settings.hpp"
#include "documents/document_store.hpp"
#include "listen_address.hpp"
#include "ports/storage.hpp"

namespace hapax {

// What servers of all roles do alike.

/// With no more connections than file descriptors allow.
HttpServerSettings bounded_http_settings(const Settings& settings, const ListenAddress& listen);

/// "127.0.0.1:8080", "[::1]:8080"
std::string authority_of(const ListenAddress& listen, std::uint16_t port);

/// For commands on this machine. No reason not to run: they can be told by --url.
void tell_commands_where_it_is(const Settings& settings, Storage& storage,
                               const std::string& authority);

/// A line of the log for each document that cannot be read.
void say_what_is_damaged(const DocumentStore& documents);

}  // namespace hapax
