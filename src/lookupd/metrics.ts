// GET /metrics: the figures of nsqlookupd in the text form of Prometheus. One table; names and help follow from it.

import type { LookupdHost } from "./host.ts";

interface Metric {
  readonly type: "gauge" | "counter";
  readonly help: string;
  /** Values by labels, which are written `name="value"`; an empty text is no label. */
  readonly values: (host: LookupdHost) => Readonly<Record<string, number>>;
}

const metrics: Readonly<Record<string, Metric>> = {
  nsqlookupd_topics: {
    type: "gauge",
    help: "topics that are known",
    values: ({ registry }) => ({ "": registry.topics.length }),
  },
  nsqlookupd_producers: {
    type: "gauge",
    help: "nsqd's that are connected, by what is known of them",
    values: producersByState,
  },
  nsqlookupd_registrations: {
    type: "gauge",
    help: "topics, channels, and nsqd's of each",
    values: ({ registry }) => ({ "": registry.size }),
  },
  nsqlookupd_registrations_max: {
    type: "gauge",
    help: "what --max-registrations allows of them",
    values: ({ options }) => ({ "": options.maxRegistrations }),
  },
  nsqlookupd_connections: {
    type: "gauge",
    help: "open connections",
    values: ({ admission, httpAdmission }) => ({
      'kind="tcp"': admission.count,
      'kind="http"': httpAdmission.count,
    }),
  },
  nsqlookupd_refusals_total: {
    type: "counter",
    help: "what was refused to clients",
    values: ({ refusals }) =>
      Object.fromEntries(
        Object.entries(refusals.counts).map(([kind, count]) => [`kind="${kind}"`, count]),
      ),
  },
};

function producersByState({ registry, clock }: LookupdHost): Record<string, number> {
  let active = 0;
  let unreachable = 0;
  for (const { producer } of registry.nodes(clock.nowMs())) {
    active++;
    if (producer.unreachable !== undefined) unreachable++;
  }
  return {
    'state="active"': active,
    'state="silent"': registry.producerCount - active,
    'state="unreachable"': unreachable,
  };
}

/** All figures as text. */
export function metricsText(host: LookupdHost): string {
  const lines = Object.entries(metrics).flatMap(([name, { type, help, values }]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(values(host)).map(([labels, value]) =>
      `${name}${labels === "" ? "" : `{${labels}}`} ${value}`
    ),
  ]);
  return lines.join("\n") + "\n";
}
