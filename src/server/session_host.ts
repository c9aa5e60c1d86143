// What the sessions of a server share, given to each of them: the broker as a connection sees it.

import type { Authority } from "../auth/authority.ts";
import type { Clock } from "../base/clock.ts";
import type { DeadlineEntry } from "../base/deadline_heap.ts";
import type { Logger } from "../base/logger.ts";
import type { Topics } from "../queue/topics.ts";
import type { Refusals } from "../transport/refusals.ts";
import type { TlsMaterial } from "../transport/tls_material.ts";
import type { BodyLimits } from "../wire/command_parser.ts";
import type { NegotiationLimits } from "../wire/identify.ts";
import type { Turn } from "./turn.ts";

/** The numbers a session needs of the options. */
export interface SessionSettings {
  limits: BodyLimits;
  negotiation: NegotiationLimits;
  /** 0 to 1023, part of every message id. */
  nodeId: number;
  /** Bounds of the delays of REQ and of DPUB, ms. */
  maxReqTimeoutMs: number;
  maxDeferTimeoutMs: number;
  maxRdyCount: number;
  /** How long a connection may take to say its magic, ms; 0 is for ever. */
  handshakeTimeoutMs: number;
  /** How long a command that has begun may take to arrive, ms; 0 is for ever. */
  commandTimeoutMs: number;
  /** Consumers a channel takes; 0 is any number. */
  maxChannelConsumers: number;
  /** Whether a client may say nothing but IDENTIFY before its connection is encrypted. */
  isTlsRequired: boolean;
  /** Whether consumers in the broker's zone and region are served first. */
  isTopologyAware: boolean;
}

/** A session as the server watches over it. */
export interface Watched extends DeadlineEntry {
  /** Does what is due at `nowMs` and says when to be called again; Infinity is never. */
  expire(nowMs: number): number;
}

/** What a session needs of the broker. */
export interface SessionHost {
  readonly settings: SessionSettings;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly log: Logger;
  /** Present when TLS is offered. */
  readonly tls?: TlsMaterial;
  /** What was refused to clients. */
  readonly refusals: Refusals;
  /** Says who clients are; absent when everybody may do everything. */
  readonly authority?: Authority | undefined;
  /** Has `session.expire` called at `deadlineMs`, whatever was asked for before; Infinity is never. */
  watch(session: Watched, deadlineMs: number): void;
  /** The session ends: it is watched and listed no more. */
  forget(session: Watched): void;
}
