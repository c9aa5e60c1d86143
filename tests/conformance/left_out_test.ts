/** The list of left-out cases is complete, necessary and honest. */
import { assertEquals } from "@std/assert";
import { LEFT_OUT, leftOutBy, leftOutCounts, REASONS, STEPS_PASSED_OVER } from "./left_out.ts";
import { isPlayable } from "./step_actions.ts";
import { loadCases } from "./vectors.ts";

const cases = loadCases();
const replayed = cases.filter((recorded) => leftOutBy(recorded) === null);

Deno.test("LEFT_OUT has no row that leaves nothing out", () => {
  const used = new Set(cases.map(leftOutBy));
  assertEquals(LEFT_OUT.filter((row) => !used.has(row)), []);
});

Deno.test("LEFT_OUT uses every reason there is", () => {
  assertEquals(Object.keys(REASONS).toSorted(), [...leftOutCounts(cases).keys()].toSorted());
});

Deno.test("LEFT_OUT names as weaknesses just what is tagged as one", () => {
  const tagged = cases.filter(({ tags }) => tags.includes("weakness"));
  const leftOut = cases.filter((recorded) => leftOutBy(recorded)?.reason === "weakness");
  assertEquals(leftOut.map(({ name }) => name), tagged.map(({ name }) => name));
});

Deno.test("LEFT_OUT names every case with a step that cannot be played", () => {
  const unplayable = replayed.filter(({ steps }) =>
    steps.some(({ op }) => !isPlayable(op) && !STEPS_PASSED_OVER.has(op))
  );
  assertEquals(unplayable.map(({ name }) => name), []);
});

Deno.test("LEFT_OUT is counted by reason, for people to read", () => {
  const counts = leftOutCounts(cases);
  const lines = [...counts].map(([reason, count]) => `  ${count} cases: ${REASONS[reason]}`);
  const head = `${replayed.length} of ${cases.length} recorded cases are replayed; left out are`;
  Deno.stdout.writeSync(new TextEncoder().encode([head, ...lines, ""].join("\n")));
  const leftOutCount = counts.values().reduce((sum, count) => sum + count, 0);
  assertEquals(replayed.length + leftOutCount, cases.length);
});
