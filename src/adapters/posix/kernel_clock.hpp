// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hapax {

/// Whether the kernel says that the machine's clock is synchronised: a time server's client
/// (systemd-timesyncd, chrony with rtcsync, ntpd) keeps telling it so, and whoever sets the clock
/// by hand ends it. False also where the kernel may not be asked.
bool kernel_clock_is_synchronised();

}  // namespace hapax
