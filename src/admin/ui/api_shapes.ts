/**
 * The shapes of nsqadmin's JSON replies that the page reads, upstream's and ours.
 * It refuses to hold behaviour. Invariant: a figure that an nsqd does not provide is absent, never zero.
 */

/** What every reply may carry: a text for people, and when to ask again. */
export interface Reply {
  readonly message?: string;
  /** Unix milliseconds at which the figures were read. */
  readonly taken_ms?: number;
  /** Ask again after so many milliseconds; it grows with the cluster. */
  readonly interval_ms?: number;
}

/** Something an operator should look at. */
export interface Warning {
  readonly kind: string;
  readonly level: "warning" | "critical";
  readonly text: string;
  readonly topic?: string;
  readonly channel?: string;
  readonly node?: string;
}

/** Figures of a topic, on one node or summed. Rates are per second. */
export interface TopicFigures {
  readonly depth: number;
  readonly memory_depth: number;
  readonly backend_depth: number;
  readonly message_count: number;
  readonly message_bytes?: number;
  readonly paused: boolean;
  readonly message_rate?: number;
  readonly byte_rate?: number;
  readonly depth_rate?: number;
  readonly oldest_age_ms?: number | null;
  readonly log_bytes?: number;
}

/** Figures of a channel, on one node or summed. */
export interface ChannelFigures extends TopicFigures {
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly requeue_count: number;
  readonly timeout_count: number;
  readonly client_count: number;
  readonly requeue_rate?: number;
  readonly timeout_rate?: number;
  readonly finish_rate?: number;
  /** The part of the depth that has been delivered before. */
  readonly requeued_count?: number;
  readonly latency_p50_ms?: number | null;
  readonly latency_p99_ms?: number | null;
  readonly e2e_processing_latency?: LatencyAggregate | null;
}

/** End-to-end latency as upstream aggregates it; quantiles in nanoseconds. */
export interface LatencyAggregate {
  readonly count: number;
  readonly percentiles: readonly LatencyPercentile[] | null;
}

/** One percentile over all nodes, nanoseconds. */
export interface LatencyPercentile {
  readonly quantile: number;
  readonly average: number;
  readonly max: number;
  readonly min: number;
}

/** A row of the list of topics: its own figures and the sums of its channels. */
export interface TopicRow extends TopicFigures {
  readonly topic_name: string;
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly client_count: number;
  readonly total_depth: number;
  readonly channel_count: number;
  readonly node_count: number;
  readonly warnings: readonly string[];
}

/** Sums over the whole cluster. */
export interface ClusterTotals {
  readonly depth: number;
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly message_rate?: number;
  readonly client_count: number;
  readonly topic_count: number;
  readonly channel_count: number;
  readonly node_count: number;
}

/** GET /api/overview/topics. */
export interface TopicsReply extends Reply {
  readonly all: number;
  readonly total: number;
  readonly offset: number;
  readonly topics: readonly TopicRow[];
  readonly totals: ClusterTotals;
}

/** Figures of a channel on one node. */
export interface ChannelNodeRow extends ChannelFigures {
  readonly node: string;
  readonly hostname: string;
}

/** A channel of a topic, summed, with its nodes. */
export interface ChannelRow extends ChannelFigures {
  readonly channel_name: string;
  readonly nodes: readonly ChannelNodeRow[];
}

/** Figures of a topic on one node. */
export interface TopicNodeRow extends TopicFigures {
  readonly node: string;
  readonly hostname: string;
  readonly channel_count: number;
}

/** GET /api/overview/topic. */
export interface TopicReply extends Reply, TopicFigures {
  readonly topic_name: string;
  readonly total_depth: number;
  readonly nodes: readonly TopicNodeRow[];
  readonly channels: readonly ChannelRow[];
  readonly warnings: readonly Warning[];
}

/** A connected consumer of a channel, as upstream lists it. */
export interface ClientRow {
  readonly node: string;
  readonly remote_address: string;
  readonly client_id: string;
  readonly hostname: string;
  readonly user_agent: string;
  /** Nanoseconds, whole seconds. */
  readonly connected: number;
  readonly in_flight_count: number;
  readonly ready_count: number;
  readonly finish_count: number;
  readonly requeue_count: number;
  readonly message_count: number;
  readonly sample_rate: number;
  readonly deflate: boolean;
  readonly snappy: boolean;
  readonly tls: boolean;
  readonly tls_version: string;
  readonly tls_cipher_suite: string;
  readonly authed: boolean;
  readonly auth_identity: string;
  readonly auth_identity_url: string;
  readonly topology_zone?: string;
  readonly topology_region?: string;
}

/** GET /api/topics/:topic/:channel, the part that the page shows. */
export interface ChannelReply extends Reply {
  readonly clients: readonly ClientRow[] | null;
}

/** A node of the cluster. */
export interface NodeRow {
  readonly node: string;
  readonly hostname: string;
  readonly broadcast_address: string;
  readonly tcp_port: number;
  readonly http_port: number;
  readonly version: string;
  readonly topology_zone?: string;
  readonly topology_region?: string;
  readonly remote_addresses: readonly string[] | null;
  readonly out_of_date: boolean;
  readonly reachable: boolean;
  readonly error?: string;
  readonly health?: string;
  /** Unix seconds. */
  readonly start_time?: number;
  readonly topic_count: number;
  readonly channel_count: number;
  readonly depth: number;
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly client_count: number;
  readonly message_count: number;
  readonly message_rate?: number;
  readonly memory?: Readonly<Record<string, number>>;
  readonly tombstoned_topics?: readonly string[];
  readonly log_bytes?: number;
  readonly free_bytes?: number | null;
  readonly min_free_bytes?: number;
  readonly is_full?: boolean;
  readonly loop_delay_p99_ms?: number;
}

/** A lookup daemon as nsqadmin sees it. */
export interface LookupdRow {
  readonly address: string;
  readonly reachable: boolean;
  readonly error?: string;
}

/** GET /api/overview/nodes. */
export interface NodesReply extends Reply {
  readonly nodes: readonly NodeRow[];
  readonly lookupds: readonly LookupdRow[];
}

/** GET /api/overview/warnings. */
export interface WarningsReply extends Reply {
  readonly warnings: readonly Warning[];
  readonly total: number;
}

/** GET /api/overview/counter. */
export interface CounterReply extends Reply {
  readonly message_count: number;
  readonly message_rate?: number;
  readonly depth: number;
}

/** GET /api/topics?inactive=true: topics without producers, with their channels. */
export interface InactiveReply extends Reply {
  readonly topics: Readonly<Record<string, readonly string[] | null>>;
}

/** Whether a node could answer something that upstream's nsqd cannot. */
export interface NodeSupport {
  readonly node: string;
  readonly supported: boolean;
  readonly error?: string;
}

/** The columns of a series; all have the same length, null is unknown. */
export type HistoryColumns = Readonly<Record<string, readonly (number | null)[]>>;

/** GET /api/history: equal steps, oldest first, the last one at `end_ms`. */
export interface HistoryReply extends Reply {
  readonly step_ms: number;
  readonly end_ms: number;
  readonly series: readonly HistorySeries[];
  readonly nodes: readonly NodeSupport[];
}

/** The hour of a topic, a channel, or (without a topic) of nodes as a whole. */
export interface HistorySeries {
  readonly topic: string | null;
  readonly channel: string | null;
  readonly columns: HistoryColumns;
}

/** The states in which messages can be looked at. */
export type MessageState = "ready" | "in_flight" | "deferred" | "requeued";

/** One message as the browser of messages and the tail show it. */
export interface MessageRow {
  readonly node: string;
  readonly id: string;
  readonly state?: MessageState;
  readonly timestamp_ms: number;
  readonly attempts: number;
  /** Bytes of the whole body. */
  readonly size: number;
  readonly encoding: "text" | "hex" | "json";
  readonly body: unknown;
  /** True when `body` is only the beginning. */
  readonly is_truncated: boolean;
  /** When a deferred one comes back, unix milliseconds. */
  readonly due_ms?: number;
  /** When one in flight times out, unix milliseconds. */
  readonly deadline_ms?: number;
  /** Who has one in flight; null when the client is gone. */
  readonly client?: MessageClient | null;
}

/** The client that a message is in flight to. */
export interface MessageClient {
  readonly client_id: string;
  readonly hostname: string;
  readonly remote_address: string;
}

/** GET /api/messages. */
export interface MessagesReply extends Reply {
  readonly messages: readonly MessageRow[];
  /** Messages in that state on all nodes. */
  readonly total: number;
  readonly is_complete: boolean;
  readonly nodes: readonly NodeSupport[];
}

/** An event of the tail about the tail itself. */
export interface TailStatus {
  readonly nodes: readonly {
    readonly node: string;
    readonly connected: boolean;
    readonly error?: string;
  }[];
  /** Messages that were not shown because there were too many. */
  readonly skipped: number;
}

/** GET, POST, DELETE /api/session. */
export interface SessionReply extends Reply {
  readonly login: boolean;
  readonly user: string | null;
  readonly role: Role | null;
}

/** What somebody may do, each more than the one before. */
export type Role = "view" | "operate" | "admin";
