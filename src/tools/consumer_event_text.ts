// What a person should read about a consumer's events. The same for every tool that consumes.

import { reasonOf } from "../base/system_error.ts";
import type { ConsumerEvent } from "../client/consumer_options.ts";

/** The text; undefined for what is ordinary or told elsewhere. */
export function eventText(event: ConsumerEvent): string | undefined {
  switch (event.kind) {
    case "disconnected":
      return `(${event.address}) ${event.error.message} Connecting again.`;
    case "connect failed":
      return `(${event.address}) ${reasonOf(event.error)}`;
    case "discovery failed":
    case "handler failed":
      return reasonOf(event.error);
    case "backoff":
      return `backing off for ${event.pauseMs / 1000}s (backoff level ${event.level}), ` +
        "setting all to RDY 0";
    case "gave up":
      return `message ${event.message.id} attempted ${event.message.attempts} times, giving up`;
    case "answer refused":
      return event.error.message;
    default:
      return undefined;
  }
}
