// How many connections there may be, in all and from one address. Knows no sockets: whoever accepts asks, and says when
// a connection is over. Invariant: no entry is kept for an address without connections.

/** Bounds of an `Admission`; 0 is none. */
export interface AdmissionLimits {
  readonly connectionsMax: number;
  readonly perAddressMax: number;
}

/** Why a connection is refused. */
export type AdmissionRefusal = "connections" | "per address";

/** Counts connections. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #counts = new Map<string, number>();
  #count = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Counts a connection from this address, or says why it is not to be. */
  admit(hostname: string): AdmissionRefusal | undefined {
    const { connectionsMax, perAddressMax } = this.#limits;
    if (connectionsMax > 0 && this.#count >= connectionsMax) return "connections";
    if (perAddressMax > 0 && hostname !== "@") {
      const owner = ownerOf(hostname);
      const count = this.#counts.get(owner) ?? 0;
      if (count >= perAddressMax) return "per address";
      this.#counts.set(owner, count + 1);
    }
    this.#count++;
    return undefined;
  }

  /** An admitted connection is over. */
  leave(hostname: string): void {
    this.#count--;
    const owner = ownerOf(hostname);
    const count = this.#counts.get(owner);
    if (count === undefined) return;
    if (count === 1) this.#counts.delete(owner);
    else this.#counts.set(owner, count - 1);
  }
}

/**
 * An address without a port as what stands for its owner: an IPv4 address itself, of an IPv6 one its network of 64 bits,
 * since who has one address of it could come from any.
 */
export function ownerOf(hostname: string): string {
  if (!hostname.includes(":")) return hostname;
  const [before = "", after] = hostname.split("::");
  const groups = before === "" ? [] : before.split(":");
  if (after !== undefined) {
    const tail = after === "" ? [] : after.split(":");
    while (groups.length + tail.length < 8) groups.push("0");
  }
  return groups.slice(0, 4).join(":");
}
