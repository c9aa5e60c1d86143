// Whose turn it is where there are more connections than messages that may be in flight: each holder of a place may have
// one. A turn ends after some steps, or at the first one in which nothing came, so that silent servers hold nobody up.
// Knows neither time nor sockets.
// Invariant: holders and the messages still in flight elsewhere are together no more than the places.

/** Who takes turns. */
export interface TurnMember {
  /** How many messages it has in flight. */
  readonly inFlight: number;
  /** Whether a message has come since this was asked last. */
  hasReceived(): boolean;
}

/** How many steps a turn has where messages keep coming. */
export const TURN_STEPS = 5;

/** The line of those who wait, and those who have their turn. */
export class Turns<Member extends TurnMember> {
  /** How many steps each has had a place. */
  readonly #holders = new Map<Member, number>();
  #waiting: Member[] = [];
  #isHeldBack = false;

  /** Whether a place stays free until somebody whose turn is over has answered its messages. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /** Who has a place, given who is there and how many places there are. */
  holders(members: readonly Member[], places: number): ReadonlySet<Member> {
    this.#admit(members);
    while (this.#holders.size > places) this.#waiting.unshift(this.#dropLast());
    let busy = this.#waiting.reduce((sum, { inFlight }) => sum + inFlight, 0);
    while (this.#holders.size + busy < places && this.#waiting.length > 0) {
      const next = this.#waiting.shift()!;
      busy -= next.inFlight;
      this.#holders.set(next, 0);
    }
    this.#isHeldBack = this.#waiting.length > 0 && this.#holders.size < places;
    return new Set(this.#holders.keys());
  }

  /** Some time has passed: whose turn is over goes to the end of the line. */
  step(): void {
    for (const [member, steps] of [...this.#holders]) {
      const isIdle = !member.hasReceived() && member.inFlight === 0;
      const isOver = isIdle || steps + 1 >= TURN_STEPS;
      this.#holders.set(member, steps + 1);
      if (!isOver) continue;
      this.#holders.delete(member);
      this.#waiting.push(member);
    }
  }

  #admit(members: readonly Member[]): void {
    const present = new Set(members);
    for (const member of this.#holders.keys()) {
      if (!present.has(member)) this.#holders.delete(member);
    }
    this.#waiting = this.#waiting.filter((member) => present.has(member));
    const known = new Set([...this.#holders.keys(), ...this.#waiting]);
    this.#waiting.push(...members.filter((member) => !known.has(member)));
  }

  #dropLast(): Member {
    const last = [...this.#holders.keys()].at(-1)!;
    this.#holders.delete(last);
    return last;
  }
}
