// SPDX-License-Identifier: Apache-2.0
/** That of package.json; a test compares them. */
export const version = '0.1.0';

/** Milliseconds since 1970, 2026-01-01: a clock that is right is past it. */
export const released = 1_767_225_600_000;
