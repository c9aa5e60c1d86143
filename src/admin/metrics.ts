// GET /metrics: the figures of nsqadmin for Prometheus. One table; names and help follow from it.

import { type RefusalKind, refusalKinds } from "../transport/refusals.ts";
import { type Metrics, type MetricSample, metricsText, single } from "../web/metrics_text.ts";
import type { DaemonTally } from "./daemon_client.ts";
import type { AdminHost } from "./host.ts";

const metrics: Metrics<AdminHost> = {
  nsqadmin_connections: {
    type: "gauge",
    help: "open connections of browsers and tools",
    samples: ({ httpAdmission }) => single(httpAdmission.count),
  },
  nsqadmin_sessions: {
    type: "gauge",
    help: "logins that are remembered",
    samples: ({ access }) => single(access.sessions.size),
  },
  nsqadmin_tails: {
    type: "gauge",
    help: "live tails of topics",
    samples: ({ tails }) => single(tails.count),
  },
  nsqadmin_daemon_requests_total: {
    type: "counter",
    help: "requests to daemons of the cluster",
    samples: (host) => byKind(host, ({ asked }) => asked),
  },
  nsqadmin_daemon_request_failures_total: {
    type: "counter",
    help: "those of them that failed or were refused",
    samples: (host) => byKind(host, ({ failed }) => failed),
  },
  nsqadmin_daemon_request_seconds_total: {
    type: "counter",
    help: "time those requests took, in all",
    samples: (host) => byKind(host, ({ tookMs }) => tookMs / 1000),
  },
  nsqadmin_survey_seconds: {
    type: "gauge",
    help: "how long the last look at the whole cluster took; absent before the first",
    samples: ({ survey: { latest } }) =>
      latest === undefined ? [] : single(latest.now.tookMs / 1000),
  },
  nsqadmin_refusals_total: {
    type: "counter",
    help: "what was refused to clients, by kind",
    samples: refusalsByKind,
  },
  nsqadmin_event_loop_delay_seconds: {
    type: "histogram",
    help: "how late the event loop was, looked at twice a second",
    samples: ({ loopDelay }) => single(loopDelay.totals),
  },
  process_resident_memory_bytes: {
    type: "gauge",
    help: "memory of the process",
    samples: () => single(Deno.memoryUsage().rss),
  },
};

function refusalsByKind({ refusals: { counts } }: AdminHost): MetricSample[] {
  return (Object.keys(refusalKinds) as RefusalKind[]).map((kind) => [{ kind }, counts[kind] ?? 0]);
}

function byKind({ client }: AdminHost, pick: (tally: DaemonTally) => number): MetricSample[] {
  return Object.entries(client.tallies).map(([kind, tally]) => [{ kind }, pick(tally)]);
}

/** All figures as text. */
export function adminMetricsText(host: AdminHost): string {
  return metricsText(metrics, host);
}
