// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/secret.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

// The link that sets the admin's password, once. Its token's hash is in a file, so that a command
// can offer one while the server runs.

/// Makes a token, in the place of any that was offered before, and returns it. Durable.
Result<std::string> offer_setup(const std::string& directory, Storage& storage, Random& random);
/// The hash of the token that is offered; nothing when none is, or the file is damaged.
Result<std::optional<SecretHash>> offered_setup(const std::string& directory, Storage& storage);
/// After it was used.
Result<void> withdraw_setup(const std::string& directory, Storage& storage);

/// Where it leads: the page of the dashboard on a server at `url`.
std::string setup_link(std::string_view url, std::string_view token);

}  // namespace hapax
