// GET /metrics: the figures of nsqadmin in the text form of Prometheus. One table; names and help follow from it.

import type { AdminHost } from "./host.ts";

interface Metric {
  readonly type: "gauge" | "counter";
  readonly help: string;
  /** Values by labels, which are written `name="value"`; an empty text is no label. */
  readonly values: (host: AdminHost) => Readonly<Record<string, number>>;
}

const metrics: Readonly<Record<string, Metric>> = {
  nsqadmin_connections: {
    type: "gauge",
    help: "open connections of browsers and tools",
    values: ({ httpAdmission }) => ({ "": httpAdmission.count }),
  },
  nsqadmin_sessions: {
    type: "gauge",
    help: "logins that are remembered",
    values: ({ access }) => ({ "": access.sessions.size }),
  },
  nsqadmin_tails: {
    type: "gauge",
    help: "live tails of topics",
    values: ({ tails }) => ({ "": tails.count }),
  },
  nsqadmin_daemon_requests_total: {
    type: "counter",
    help: "requests to daemons of the cluster",
    values: ({ client: { tallies } }) => ({
      'kind="nsqd"': tallies.nsqd.asked,
      'kind="nsqlookupd"': tallies.nsqlookupd.asked,
    }),
  },
  nsqadmin_daemon_request_failures_total: {
    type: "counter",
    help: "those of them that failed or were refused",
    values: ({ client: { tallies } }) => ({
      'kind="nsqd"': tallies.nsqd.failed,
      'kind="nsqlookupd"': tallies.nsqlookupd.failed,
    }),
  },
  nsqadmin_daemon_request_seconds_total: {
    type: "counter",
    help: "time those requests took, in all",
    values: ({ client: { tallies } }) => ({
      'kind="nsqd"': tallies.nsqd.tookMs / 1000,
      'kind="nsqlookupd"': tallies.nsqlookupd.tookMs / 1000,
    }),
  },
  nsqadmin_survey_seconds: {
    type: "gauge",
    help: "how long the last look at the whole cluster took; absent before the first",
    values: ({ survey: { latest } }): Readonly<Record<string, number>> =>
      latest === undefined ? {} : { "": latest.now.tookMs / 1000 },
  },
  nsqadmin_refusals_total: {
    type: "counter",
    help: "what was refused to clients",
    values: ({ refusals }) =>
      Object.fromEntries(
        Object.entries(refusals.counts).map(([kind, count]) => [`kind="${kind}"`, count]),
      ),
  },
};

/** All figures as text. */
export function metricsText(host: AdminHost): string {
  const lines = Object.entries(metrics).flatMap(([name, { type, help, values }]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(values(host)).map(([labels, value]) =>
      `${name}${labels === "" ? "" : `{${labels}}`} ${value}`
    ),
  ]);
  return lines.join("\n") + "\n";
}
