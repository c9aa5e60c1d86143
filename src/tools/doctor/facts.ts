// Everything doctor has seen of a cluster, before any judgement. Data only.

import type { Answer } from "../cluster/http_questions.ts";
import type { RegisteredNode } from "../cluster/lookupd_nodes.ts";
import type { NsqdInfo, NsqdStats } from "../cluster/nsqd_stats.ts";

/** The room on the disk that a data path is on. */
export interface DiskFacts {
  readonly dataPath: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What came of connecting to an address that clients are told. */
export interface DialFacts {
  readonly address: string;
  /** Why it failed; undefined when it worked. */
  readonly failure: string | undefined;
}

/** An nsqd. */
export interface NodeFacts {
  /** The HTTP address that was asked. */
  readonly address: string;
  readonly info: Answer<NsqdInfo>;
  /** What /ping said; undefined when it did not answer. */
  readonly ping: { readonly status: number; readonly text: string } | undefined;
  /** How far its clock is ahead of ours; undefined when it did not say. */
  readonly clockAheadMs: number | undefined;
  /** What it said of its queues, and some time later. */
  readonly first: Answer<NsqdStats>;
  readonly second: Answer<NsqdStats>;
  /** As this machine sees it; undefined where the nsqd is on another one. */
  readonly disk: DiskFacts | undefined;
  /** The TCP and HTTP addresses it announces. */
  readonly dials: readonly DialFacts[];
  /** Who answers at the HTTP address it announces; undefined when nobody does. */
  readonly announced: NsqdInfo | undefined;
}

/** An nsqlookupd. */
export interface LookupdFacts {
  readonly address: string;
  readonly version: string;
  readonly ping: { readonly status: number; readonly text: string } | undefined;
  readonly clockAheadMs: number | undefined;
  /** As they were after everything else. */
  readonly nodes: Answer<readonly RegisteredNode[]>;
}

/** All of it. */
export interface ClusterFacts {
  readonly nodes: readonly NodeFacts[];
  readonly lookupds: readonly LookupdFacts[];
  /** Between the two looks at the queues. */
  readonly observedMs: number;
}
