// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace hapax {

/// Tells the service manager about this process, if there is one that wants to know: "READY=1" once
/// it serves, "STOPPING=1" when it begins to end (sd_notify(3)).
void notify_service_manager(std::string_view state);

}  // namespace hapax
