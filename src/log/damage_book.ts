// Damage that came to light while a log was read back: set aside and told once a place.

import type { Disk } from "./disk.ts";
import { repairDamage } from "./recovery.ts";
import type { DamagedRange } from "./segment_scan.ts";

/** The damage of one topic since the process began. */
export class DamageBook {
  readonly #disk: Disk;
  readonly #told: (text: string) => void;
  /** By file and offset: a block may be read several times. */
  readonly #places = new Set<string>();

  /** @param told is given a line for the log, once a place */
  constructor(disk: Disk, told: (text: string) => void) {
    this.#disk = disk;
    this.#told = told;
  }

  /** Bytes of a segment turned out to be no record. To be handed on by itself. */
  readonly found = (range: DamagedRange): void => {
    const place = `${range.path} ${range.from}`;
    if (this.#places.has(place)) return;
    this.#places.add(place);
    // Never as the last segment: one that is written to is not cut off.
    this.#told(repairDamage(this.#disk, range, false));
  };
}
