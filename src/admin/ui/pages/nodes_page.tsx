/**
 * All nodes of the cluster and the lookup daemons that know them, with what is wrong with each.
 */
import { read } from "../api.ts";
import type { LookupdRow, NodeRow, NodesReply } from "../api_shapes.ts";
import { bytesText, countText, durationText, plural, rateText } from "../figure_text.ts";
import { Badge, Loading, PageHead, Section } from "../page_parts.tsx";
import { nodeColumn } from "../node_column.tsx";
import { usePolled } from "../polling.ts";
import { shellSettings } from "../shell_settings.ts";
import { type Column, figures, SortedTable } from "../table.tsx";
import { ReplyTrouble } from "../warning_list.tsx";

/** What is wrong with a node, as badges. */
export function NodeMarks(
  props: { readonly node: NodeRow; readonly lookupdCount: number },
) {
  const { node, lookupdCount } = props;
  const isUnhealthy = node.health !== undefined && node.health !== "OK";
  const known = node.remote_addresses?.length ?? 0;
  const isMissed = shellSettings.mode === "lookupd" && known !== lookupdCount;
  return (
    <>
      {!node.reachable && (
        <span title={node.error}>
          <Badge tone="critical">unreachable</Badge>
        </span>
      )}
      {isUnhealthy && (
        <span title={node.health}>
          <Badge tone="critical">unhealthy</Badge>
        </span>
      )}
      {node.is_full === true && <Badge tone="critical">disk full</Badge>}
      {node.out_of_date && <Badge tone="warning">old version</Badge>}
      {isMissed && (
        <span title={(node.remote_addresses ?? []).join(", ")}>
          <Badge tone="warning">{`${known} of ${plural(lookupdCount, "lookupd")}`}</Badge>
        </span>
      )}
    </>
  );
}

function columns(lookupdCount: number): Column<NodeRow>[] {
  return [
    nodeColumn((row) => <NodeMarks node={row} lookupdCount={lookupdCount} />),
    {
      key: "version",
      title: "Version",
      isText: true,
      isWide: true,
      value: (row) => row.version,
      cell: (row) => row.version,
    },
    figures("tcp", "TCP", (row) => row.tcp_port, { isWide: true, text: String }),
    {
      key: "zone",
      title: "Zone",
      isText: true,
      isWide: true,
      value: (row) => row.topology_zone,
      cell: (row) => [row.topology_region, row.topology_zone].filter(Boolean).join(" / "),
    },
    figures("depth", "Depth", (row) => row.depth),
    figures("in", "In /s", (row) => row.message_rate, { text: rateText }),
    figures("in_flight", "In flight", (row) => row.in_flight_count, { isWide: true }),
    figures("topics", "Topics", (row) => row.topic_count, { text: countText }),
    figures("clients", "Clients", (row) => row.client_count, { isWide: true, text: countText }),
    {
      key: "log",
      title: "Log",
      hint: "Size of the log on disk, and what is free there",
      isWide: true,
      value: (row) => row.log_bytes,
      cell: (row) => (
        <span title={row.free_bytes == null ? undefined : `${bytesText(row.free_bytes)} free`}>
          {bytesText(row.log_bytes)}
        </span>
      ),
    },
    {
      key: "up",
      title: "Up",
      isWide: true,
      value: (row) => row.start_time === undefined ? undefined : -row.start_time,
      cell: (row) => upText(row),
    },
  ];
}

/** How long a node has been running. */
export function upText(node: NodeRow): string {
  return durationText(
    node.start_time === undefined ? undefined : Date.now() - node.start_time * 1000,
  );
}

/** The lookup daemons and whether they answer. */
export function Lookupds({ rows }: { readonly rows: readonly LookupdRow[] }) {
  if (rows.length === 0) {
    return <p class="hint">No nsqlookupd: the nsqds are given by --nsqd-http-address.</p>;
  }
  return (
    <ul class="plain-list">
      {rows.map((row) => (
        <li key={row.address}>
          <span class="name">{row.address}</span>
          {row.reachable ? <Badge>reachable</Badge> : <Badge tone="critical">unreachable</Badge>}
          {row.error && <span class="aside">{row.error}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Polls the nodes. */
export function useNodes() {
  return usePolled<NodesReply>({
    key: "nodes",
    family: "nodes",
    ask: (signal) => read("overview/nodes", {}, signal),
  });
}

/** The page. */
export function NodesPage() {
  const { reply, error } = useNodes();
  return (
    <>
      <PageHead title="Nodes" />
      <ReplyTrouble reply={reply} error={error} />
      {reply && (
        <>
          <SortedTable
            caption="Nodes"
            columns={columns(reply.lookupds.length)}
            rows={reply.nodes}
            rowKey={(row) => row.node}
            rowClass={(row) => row.reachable ? undefined : "inactive"}
            firstOrder={{ by: "node", way: "asc" }}
            whenEmpty="No nsqd is known."
          />
          <Section title="Lookup daemons">
            <Lookupds rows={reply.lookupds} />
          </Section>
        </>
      )}
      {!reply && !error && <Loading />}
    </>
  );
}
