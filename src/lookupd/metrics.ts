// GET /metrics: the figures of nsqlookupd for Prometheus. One table; names and help follow from it.

import { daemonMetrics } from "../web/daemon_metrics.ts";
import { type Metrics, type MetricSample, metricsText, single } from "../web/metrics_text.ts";
import type { LookupdHost } from "./host.ts";

const metrics: Metrics<LookupdHost> = {
  nsqlookupd_topics: {
    type: "gauge",
    help: "topics that are known",
    samples: ({ registry }) => single(registry.topics.length),
  },
  nsqlookupd_producers: {
    type: "gauge",
    help: "nsqd's that are connected, by what is known of them",
    samples: producersByState,
  },
  nsqlookupd_registrations: {
    type: "gauge",
    help: "topics, channels, and nsqd's of each",
    samples: ({ registry }) => single(registry.size),
  },
  nsqlookupd_registrations_max: {
    type: "gauge",
    help: "what --max-registrations allows of them",
    samples: ({ options }) => single(options.maxRegistrations),
  },
  nsqlookupd_connections: {
    type: "gauge",
    help: "open connections",
    samples: ({ admission, httpAdmission }) => [
      [{ kind: "tcp" }, admission.count],
      [{ kind: "http" }, httpAdmission.count],
    ],
  },
  ...daemonMetrics("nsqlookupd"),
};

function producersByState({ registry, clock }: LookupdHost): MetricSample[] {
  let active = 0;
  let unreachable = 0;
  for (const { producer } of registry.nodes(clock.nowMs())) {
    active++;
    if (producer.unreachable !== undefined) unreachable++;
  }
  return [
    [{ state: "active" }, active],
    [{ state: "silent" }, registry.producerCount - active],
    [{ state: "unreachable" }, unreachable],
  ];
}

/** All figures as text. */
export function lookupdMetrics(host: LookupdHost): string {
  return metricsText(metrics, host);
}
