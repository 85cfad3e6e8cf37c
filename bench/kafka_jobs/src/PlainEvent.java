// SPDX-License-Identifier: Apache-2.0

/** An event as bare_kafka writes it: id, name and milliseconds of event time, parted by tabs. */
final class PlainEvent {
  static final long MINUTE_MS = 60_000;

  private PlainEvent() {}

  static String id(String event) {
    return event.substring(0, event.indexOf('\t'));
  }

  static String name(String event) {
    return event.substring(event.indexOf('\t') + 1, event.lastIndexOf('\t'));
  }

  static long time(String event) {
    return Long.parseLong(event, event.lastIndexOf('\t') + 1, event.length(), 10);
  }
}
