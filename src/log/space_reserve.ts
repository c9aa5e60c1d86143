// A file that only takes up room. On a full disk nothing could go: what is finished must be written down before the
// segments that hold it are removed. So the room for that is kept, and given free when a write finds none.
// It is there only while the disk is nearly full.

import type { Disk } from "./disk.ts";

/** What is kept, on a smaller disk less. */
const RESERVE_BYTES_MAX = 1024 * 1024;
const RESERVE_SHARE = 1 / 16;
/** Below so many free bytes it is kept. */
const NEARLY_FULL_BYTES = 1024 * RESERVE_BYTES_MAX;

/** The reserve of a data path. */
export class SpaceReserve {
  readonly #disk: Disk;
  readonly #folder: string;
  #isKept = false;
  #isWanted = false;
  #bytes = 0;

  /** @param folder where the file is to lie */
  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  get #path(): string {
    return `${this.#folder}/reserve`;
  }

  /** Looks whether it is needed where so many bytes are free. False while it was used up and there is no room for it again. */
  look(freeBytes: number): boolean {
    if (this.#isKept) return true;
    if (!this.#isWanted && freeBytes >= NEARLY_FULL_BYTES) return true;
    // Not from the very bytes that were given free.
    if (this.#isWanted && freeBytes < 2 * this.#bytes) return false;
    this.#bytes = Math.max(
      this.#bytes,
      Math.min(RESERVE_BYTES_MAX, Math.floor(freeBytes * RESERVE_SHARE)),
    );
    this.#isKept = this.#keep();
    this.#isWanted &&= !this.#isKept;
    return !this.#isWanted;
  }

  #keep(): boolean {
    try {
      this.#disk.makeFolder(this.#folder);
      const file = this.#disk.open(this.#path, "append");
      try {
        const missing = this.#bytes - file.size();
        if (missing > 0) file.append(new Uint8Array(missing));
      } finally {
        file.close();
      }
      return true;
    } catch {
      this.#tryRemove();
      return false;
    }
  }

  /** A write found no room. */
  release(): void {
    this.#isWanted = true;
    this.#isKept = false;
    this.#tryRemove();
  }

  /** The broker stops: nobody needs it until the next start. */
  remove(): void {
    if (this.#isKept) this.#tryRemove();
    this.#isKept = false;
  }

  #tryRemove(): void {
    try {
      this.#disk.remove(this.#path);
    } catch {
      // A reserve that stays is one.
    }
  }
}
