// Which channels pile up: their depth has not fallen for a while and is a good deal more than it was. Time comes with what
// is looked at. Invariant: nothing is kept of channels that are gone.

import type { Snapshot } from "./snapshot.ts";

/** A backlog that keeps growing. */
export interface Growth {
  readonly fromDepth: number;
  readonly depth: number;
  /** Since when, on the clock that only goes forward. */
  readonly sinceMs: number;
}

const GROWING_MS_MIN = 60_000;
const GROWN_MIN = 1_000;
const GROWN_FACTOR = 1.1;

/** Watches depths. */
export class GrowthWatch {
  #tracks = new Map<string, Growth>();
  #atMs = 0;

  /** Takes note of a look. */
  look({ topics, atMs }: Snapshot): void {
    const tracks = new Map<string, Growth>();
    for (const [topic, { channels }] of topics) {
      for (const [channel, { depth }] of channels) {
        if (depth === 0) continue;
        const key = keyOf(topic, channel);
        const track = this.#tracks.get(key);
        const isFalling = track === undefined || depth < track.depth;
        tracks.set(
          key,
          isFalling ? { fromDepth: depth, depth, sinceMs: atMs } : { ...track, depth },
        );
      }
    }
    this.#tracks = tracks;
    this.#atMs = atMs;
  }

  /** How a channel grows; undefined when it does not, or not enough to mention. */
  growthOf(topic: string, channel: string): (Growth & { readonly forMs: number }) | undefined {
    const track = this.#tracks.get(keyOf(topic, channel));
    if (track === undefined) return undefined;
    const forMs = this.#atMs - track.sinceMs;
    const { fromDepth, depth } = track;
    const isMuch = depth - fromDepth >= GROWN_MIN && depth >= fromDepth * GROWN_FACTOR;
    return isMuch && forMs >= GROWING_MS_MIN ? { ...track, forMs } : undefined;
  }
}

/** No name contains a slash. */
function keyOf(topic: string, channel: string): string {
  return `${topic}/${channel}`;
}
