/**
 * The warnings of the whole cluster, read once for everybody who shows them: the head of the page
 * (their number) and the list of topics. Invariant: one poll, however many watch.
 */
import { useEffect } from "preact/hooks";
import { read } from "./api.ts";
import type { WarningsReply } from "./api_shapes.ts";
import { usePolled } from "./polling.ts";
import { Store, useStore } from "./store.ts";
import { WarningList } from "./warning_list.tsx";

const known = new Store<WarningsReply | undefined>(undefined);

/** Polls the warnings; stands once on the page. */
export function WarningsPoll() {
  const { reply } = usePolled<WarningsReply>({
    key: "warnings",
    family: "warnings",
    ask: (signal) => read("overview/warnings", {}, signal),
  });
  useEffect(() => known.set(reply), [reply]);
  return null;
}

/** How many warnings there are, and whether one is critical. */
export function useWarningCount(): { readonly count: number; readonly isCritical: boolean } {
  const reply = useStore(known);
  const isCritical = reply?.warnings.some(({ level }) => level === "critical") ?? false;
  return { count: reply?.total ?? 0, isCritical };
}

/** The list. */
export function ClusterWarnings() {
  const reply = useStore(known);
  return reply === undefined ? null : <WarningList warnings={reply.warnings} total={reply.total} />;
}
