/**
 * Questions about a graph of imports: which files form a circle, which are reached from where.
 * It knows names only, so its tests need no files.
 */

/** Each file with what it imports. Names that are imported but are no keys are ignored. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Everything that can be reached from the given files, they themselves included. */
export function reachableFrom(graph: ImportGraph, roots: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    waiting.push(...graph.get(name) ?? []);
  }
  return reached;
}

/** One circle of imports, as "a -> b -> a", or undefined when there is none. */
export function findCircle(graph: ImportGraph): string | undefined {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string | undefined => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name].join(" -> ");
    if (finished.has(name)) return undefined;
    path.push(name);
    for (const imported of graph.get(name) ?? []) {
      const circle = visit(imported);
      if (circle !== undefined) return circle;
    }
    path.pop();
    finished.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = visit(name);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
