/**
 * Warnings as lines with links to what they are about, and failures to read as boxes.
 * Invariant: what keeps figures from being complete is said beside the figures.
 */
import type { ApiError } from "./api.ts";
import type { Reply, Warning } from "./api_shapes.ts";
import { countText } from "./figure_text.ts";
import { Link } from "./place.tsx";
import type { Route } from "./route.ts";

/** Short words for the kinds of warnings, for badges. */
export const warningWords: Readonly<Record<string, string>> = {
  rdy_zero: "nobody ready",
  no_consumer: "no consumer",
  growing_backlog: "growing",
  node_unreachable: "unreachable",
  node_unhealthy: "unhealthy",
  disk: "disk",
  paused_with_depth: "paused, waiting",
  lookupd_unreachable: "lookupd",
  out_of_date: "old version",
};

function routeOf(warning: Warning): Route | undefined {
  const { topic, channel, node } = warning;
  if (topic !== undefined && channel !== undefined) return { page: "channel", topic, channel };
  if (topic !== undefined) return { page: "topic", topic };
  return node === undefined ? undefined : { page: "node", node };
}

/** The name of what a warning is about. */
function subjectOf(warning: Warning): string {
  if (warning.topic === undefined) return warning.node ?? "";
  return warning.channel === undefined ? warning.topic : `${warning.topic}/${warning.channel}`;
}

/** The sentence without the name it may begin with, which stands before it as a link. */
function sentenceOf(warning: Warning): string {
  const name = `${subjectOf(warning)}: `;
  return warning.text.startsWith(name) ? warning.text.slice(name.length) : warning.text;
}

function WarningLine({ warning }: { readonly warning: Warning }) {
  const route = routeOf(warning);
  return (
    <li class={warning.level}>
      <span class="badge">{warningWords[warning.kind] ?? warning.kind}</span>
      {route === undefined
        ? <b>{subjectOf(warning)}</b>
        : <Link to={route} class="subject">{subjectOf(warning)}</Link>}
      <span class="what">{sentenceOf(warning)}</span>
    </li>
  );
}

const openMax = 3;

/** A list of warnings; the first few are open, the rest behind a fold. */
export function WarningList(
  props: { readonly warnings: readonly Warning[]; readonly total?: number },
) {
  const { warnings } = props;
  if (warnings.length === 0) return null;
  const first = warnings.slice(0, openMax);
  const rest = warnings.slice(openMax);
  const restCount = Math.max(props.total ?? 0, warnings.length) - openMax;
  return (
    <section class="warnings" aria-label="Warnings">
      <ul>{first.map((warning, index) => <WarningLine key={index} warning={warning} />)}</ul>
      {rest.length > 0 && (
        <details>
          <summary>{countText(restCount)} more</summary>
          <ul>{rest.map((warning, index) => <WarningLine key={index} warning={warning} />)}</ul>
        </details>
      )}
    </section>
  );
}

/** What the server says beside its figures, and why there are none. */
export function ReplyTrouble(
  props: { readonly reply?: Reply | undefined; readonly error?: ApiError | undefined },
) {
  const { reply, error } = props;
  return (
    <>
      {error && (
        <p class="box error" role="alert">
          {reply ? "These figures are old: " : "Cannot read figures: "}
          {error.message}
        </p>
      )}
      {reply?.message && <p class="box warning" role="status">{reply.message}</p>}
    </>
  );
}
