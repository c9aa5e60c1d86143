// GET /metrics: the figures of nsqadmin for Prometheus. One table; names and help follow from it.

import { daemonMetrics } from "../web/daemon_metrics.ts";
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
  ...daemonMetrics("nsqadmin"),
};

function byKind({ client }: AdminHost, pick: (tally: DaemonTally) => number): MetricSample[] {
  return Object.entries(client.tallies).map(([kind, tally]) => [{ kind }, pick(tally)]);
}

/** All figures as text. */
export function adminMetricsText(host: AdminHost): string {
  return metricsText(metrics, host);
}
