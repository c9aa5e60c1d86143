// The last hour of one topic or channel: a row of figures for each step, in one typed array. A step in which nothing
// changed is not written: it is what was, made when somebody reads.
// Invariant: its size never changes.

/** The figures of a row, and what becomes of each in a step in which nothing happened. */
export const sampleColumns = {
  depth: "stays",
  in_flight: "stays",
  deferred: "stays",
  /** Counts within the step. */
  messages: "zero",
  requeues: "zero",
  timeouts: "zero",
  /** ms; NaN when there is no message. */
  oldest_age_ms: "ages",
  /** ms; NaN when nothing was finished in the step. */
  latency_p50_ms: "nothing",
  latency_p99_ms: "nothing",
} as const satisfies Record<string, "stays" | "zero" | "ages" | "nothing">;

/** The name of a figure. */
export type SampleColumn = keyof typeof sampleColumns;
/** One row; numbers are kept to seven digits. */
export type Sample = Readonly<Record<SampleColumn, number>>;

const COLUMNS = Object.keys(sampleColumns) as SampleColumn[];

/** Length of a step, ms. */
export const STEP_MS = 15_000;
/** Steps that are kept: an hour. */
export const STEPS_KEPT = 240;
/** Bytes of one ring. */
export const RING_BYTES: number = STEPS_KEPT * COLUMNS.length * Float32Array.BYTES_PER_ELEMENT;

/** The latest rows, by the number of their step. */
export class SampleRing {
  readonly #rows = new Float32Array(STEPS_KEPT * COLUMNS.length);
  readonly #first: number;
  #last: number;

  /** @param step of the first row */
  constructor(step: number, sample: Sample) {
    this.#first = step;
    this.#last = step;
    this.#set(step, sample);
  }

  /** The step that was written last. */
  get lastStep(): number {
    return this.#last;
  }

  /** The row that was written last. */
  get latest(): Sample {
    return this.#row(this.#last);
  }

  /** Writes the row of a step later than all before. */
  write(step: number, sample: Sample): void {
    const from = Math.max(this.#last + 1, step - STEPS_KEPT);
    const base = this.latest;
    for (let missed = from; missed < step; missed++) {
      this.#set(missed, passed(base, missed - this.#last));
    }
    this.#last = step;
    this.#set(step, sample);
  }

  /** The rows of at most `count` steps up to `step`, the oldest first; fewer where it is younger. */
  rows(step: number, count: number): Sample[] {
    const from = Math.max(this.#first, step - Math.min(count, STEPS_KEPT) + 1);
    const rows: Sample[] = [];
    for (let at = from; at <= step; at++) {
      rows.push(at <= this.#last ? this.#row(at) : passed(this.latest, at - this.#last));
    }
    return rows;
  }

  #set(step: number, sample: Sample): void {
    const at = (step % STEPS_KEPT) * COLUMNS.length;
    COLUMNS.forEach((name, column) => this.#rows[at + column] = sample[name]);
  }

  #row(step: number): Sample {
    const at = (step % STEPS_KEPT) * COLUMNS.length;
    const entries = COLUMNS.map((name, column) => [name, this.#rows[at + column]!] as const);
    return Object.fromEntries(entries) as Record<SampleColumn, number>;
  }
}

/** A row `steps` after `sample`, with nothing in between. */
function passed(sample: Sample, steps: number): Sample {
  const entries = COLUMNS.map((name) => [name, passedValue(name, sample[name], steps)] as const);
  return Object.fromEntries(entries) as Record<SampleColumn, number>;
}

function passedValue(name: SampleColumn, value: number, steps: number): number {
  switch (sampleColumns[name]) {
    case "stays":
      return value;
    case "zero":
      return 0;
    case "ages":
      return value + steps * STEP_MS;
    case "nothing":
      return NaN;
  }
}
