/**
 * The charts of a topic, a channel or a node, read from the nsqds' ring buffers as long as they are shown.
 * Nodes that remember nothing (upstream's) are named instead of being drawn as zero.
 */
import { useMemo } from "preact/hooks";
import { read } from "./api.ts";
import type { HistoryReply } from "./api_shapes.ts";
import { Charts } from "./chart.tsx";
import { graphLinks } from "./graphite.ts";
import { chartSet } from "./history.ts";
import { Section } from "./page_parts.tsx";
import { type Polled, usePolled } from "./polling.ts";
import { shellSettings } from "./shell_settings.ts";

/** Whose hour is shown. */
export interface HistorySubject {
  readonly topic?: string;
  readonly channel?: string;
  readonly node?: string;
}

/** The hour of a subject, read anew each time the nsqds have another sample. */
export function useHistory(subject: HistorySubject): Polled<HistoryReply> {
  const { topic, channel, node } = subject;
  const key = JSON.stringify([topic, channel, node]);
  return usePolled<HistoryReply>({
    key,
    family: key,
    everyMs: 15_000,
    ask: (signal) => read("history", { topic, channel, node }, signal),
  });
}

function GraphLinks({ subject }: { readonly subject: HistorySubject }) {
  if (shellSettings.graphite === undefined) return null;
  return (
    <span class="graph-links">
      graphite:
      {graphLinks(shellSettings.graphite, subject).map((link) => (
        <a key={link.name} href={link.address} target="_blank" rel="noreferrer">{link.name}</a>
      ))}
    </span>
  );
}

/** The section with the charts. */
export function HistoryCharts(
  props: { readonly subject: HistorySubject; readonly history: Polled<HistoryReply> },
) {
  const { reply } = props.history;
  const { subject } = props;
  const set = useMemo(() => reply && chartSet(reply), [reply]);
  const silent = reply?.nodes.filter((node) => !node.supported) ?? [];
  return (
    <Section title="Last hour" aside={<GraphLinks subject={subject} />}>
      {set !== undefined && set.times.length > 0 && <Charts set={set} />}
      {set !== undefined && set.times.length === 0 && (
        <p class="empty">No history yet. The nsqds take a sample every few seconds.</p>
      )}
      {silent.length > 0 && (
        <p class="hint">Without history: {silent.map(({ node }) => node).join(", ")}</p>
      )}
    </Section>
  );
}
