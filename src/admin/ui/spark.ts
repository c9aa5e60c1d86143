/**
 * The trend of a figure since the page was opened, as the path of a tiny line. Pure.
 * Invariant: memory is bounded by names × points, and names that are no longer shown are let go.
 */

const pointsMax = 40;

/** Trends by name. */
export class Trends {
  #values = new Map<string, number[]>();
  #takenMs = 0;

  /** Adds the figures of one moment; the same moment twice counts once. */
  add(takenMs: number, figures: Iterable<readonly [string, number]>): void {
    if (takenMs === this.#takenMs) return;
    this.#takenMs = takenMs;
    const next = new Map<string, number[]>();
    for (const [name, figure] of figures) {
      const values = [...this.#values.get(name) ?? [], figure];
      next.set(name, values.slice(-pointsMax));
    }
    this.#values = next;
  }

  /** What is known of a name, oldest first. */
  of(name: string): readonly number[] {
    return this.#values.get(name) ?? [];
  }
}

/** An SVG path through the values in a box; empty for fewer than two. Zero lies at the bottom. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const largest = Math.max(...values, 1);
  const step = width / (pointsMax - 1);
  const start = width - step * (values.length - 1);
  return values.map((value, index) => {
    const x = (start + index * step).toFixed(1);
    const y = (height - 1 - (value / largest) * (height - 2)).toFixed(1);
    return `${index === 0 ? "M" : "L"}${x} ${y}`;
  }).join("");
}
