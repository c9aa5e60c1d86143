// The commands of the protocol, once: parameters, body, legal states, reply.
// Parser, guards, handlers, statistics and documentation follow from this table. What is peculiar to a command
// (the order of its checks, a wording of its own) stays in its handler.

/** What follows the command line. `message`: one sized message; `batch`: an MPUB body; `document`: sized JSON or secret. */
export type BodyKind = "none" | "message" | "batch" | "document";

/** The state of a client; the numbers appear in /stats. */
export const clientStates = { init: 0, subscribed: 3, closing: 4 } as const;

/** A key of `clientStates`. */
export type ClientState = keyof typeof clientStates;

/** What is fixed about a command. */
export interface CommandRow {
  /** Parameters on the line; all that are not optional must be there. */
  parameters: readonly string[];
  /** How many parameters must be there. */
  parametersMin: number;
  /** The words of the error when one is missing: upstream uses two wordings. */
  shortage: "insufficient number of parameters" | "insufficient number of params";
  body: BodyKind;
  /** States in which it is allowed. */
  states: readonly ClientState[];
  /** What the client gets back when it succeeds. */
  reply: string;
  /** One line for the documentation. */
  help: string;
}

const PARAMETERS = "insufficient number of parameters";
const PARAMS = "insufficient number of params";
const ALWAYS = ["init", "subscribed", "closing"] as const;

/** The twelve commands. */
export const commands = {
  IDENTIFY: {
    parameters: [],
    parametersMin: 0,
    shortage: PARAMETERS,
    body: "document",
    states: ["init"],
    reply: "`OK`, or JSON with `feature_negotiation`",
    help: "tells who the client is and negotiates features",
  },
  AUTH: {
    parameters: [],
    parametersMin: 0,
    shortage: PARAMETERS,
    body: "document",
    states: ["init"],
    reply: "JSON",
    help: "presents a secret",
  },
  SUB: {
    parameters: ["topic", "channel"],
    parametersMin: 2,
    shortage: PARAMETERS,
    body: "none",
    states: ["init"],
    reply: "`OK`",
    help: "subscribes to a channel of a topic, creating both as needed",
  },
  PUB: {
    parameters: ["topic"],
    parametersMin: 1,
    shortage: PARAMETERS,
    body: "message",
    states: ALWAYS,
    reply: "`OK`",
    help: "publishes one message",
  },
  MPUB: {
    parameters: ["topic"],
    parametersMin: 1,
    shortage: PARAMETERS,
    body: "batch",
    states: ALWAYS,
    reply: "`OK`",
    help: "publishes several messages at once, all or none",
  },
  DPUB: {
    parameters: ["topic", "defer_ms"],
    parametersMin: 2,
    shortage: PARAMETERS,
    body: "message",
    states: ALWAYS,
    reply: "`OK`",
    help: "publishes one message to be delivered after a delay",
  },
  RDY: {
    parameters: ["count"],
    parametersMin: 0,
    shortage: PARAMETERS,
    body: "none",
    states: ["subscribed", "closing"],
    reply: "none",
    help: "says how many messages the client takes in flight",
  },
  FIN: {
    parameters: ["id"],
    parametersMin: 1,
    shortage: PARAMS,
    body: "none",
    states: ["subscribed", "closing"],
    reply: "none",
    help: "finishes a message",
  },
  REQ: {
    parameters: ["id", "delay_ms"],
    parametersMin: 2,
    shortage: PARAMS,
    body: "none",
    states: ["subscribed", "closing"],
    reply: "none",
    help: "requeues a message, at once or after a delay",
  },
  TOUCH: {
    parameters: ["id"],
    parametersMin: 1,
    shortage: PARAMS,
    body: "none",
    states: ["subscribed", "closing"],
    reply: "none",
    help: "restarts the timeout of a message",
  },
  CLS: {
    parameters: [],
    parametersMin: 0,
    shortage: PARAMETERS,
    body: "none",
    states: ["subscribed"],
    reply: "`CLOSE_WAIT`",
    help: "asks for no more messages; what is in flight may still be finished",
  },
  NOP: {
    parameters: [],
    parametersMin: 0,
    shortage: PARAMETERS,
    body: "none",
    states: ALWAYS,
    reply: "none",
    help: "answers a heartbeat",
  },
} as const satisfies Record<string, CommandRow>;

/** The name of a command. */
export type CommandName = keyof typeof commands;
