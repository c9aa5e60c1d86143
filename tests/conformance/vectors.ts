/**
 * The recorded conversations: their shape, how they are loaded, and the bytes in them.
 *
 * Knows the file format and nothing about running daemons. A step that is not in `Step` can be
 * loaded but not played; `left_out.ts` has to name every case that contains one.
 */

/** A parsed JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Bytes as the file writes them down; texts may contain `${...}` references. */
export type Part =
  | { readonly text: string }
  | { readonly hex: string }
  | {
    readonly repeat: { readonly text: string } | { readonly hex: string };
    readonly count: number;
  };

/** A prepared reply: JSON with status 200, or a text with any status. */
export type AuthReply = { readonly json: Json } | {
  readonly status: number;
  readonly text: string;
};

/** The program a daemon is. */
export type DaemonKind = "nsqd" | "nsqlookupd" | "nsqadmin";

type StartStep = {
  op: "start";
  daemon: string;
  kind: DaemonKind;
  flags: string[];
  files?: Record<string, Part[]>;
  addresses?: "in flags";
  ports?: Record<string, string>;
  unix_sockets?: Record<string, string>;
};

type ConnectStep = {
  op: "connect";
  conn: string;
  to: string;
  framing: "v1" | "v2";
  magic?: Part[];
  unix_socket?: string;
};

type HttpStep = {
  op: "http";
  to: string;
  method: string;
  target: string;
  headers?: Record<string, string>;
  body?: Part[];
  chunked?: boolean;
  unix_socket?: string;
  tls?: boolean;
  http_version?: string;
};

/** Every step that `STEP_ACTIONS` can play. */
export type Step =
  & (
    | StartStep
    | ConnectStep
    | HttpStep
    | { op: "stop"; daemon: string; signal: "SIGTERM" | "SIGINT" | "SIGKILL" }
    | {
      op: "run_to_exit";
      kind: DaemonKind;
      flags: string[];
      addresses?: "in flags";
      compare_output?: boolean;
    }
    | { op: "reserve_port"; name: string }
    | { op: "send"; conn: string; data: Part[]; byte_by_byte_ms?: number }
    | { op: "recv"; conn: string }
    | { op: "recv_many"; conn: string; count: number }
    | { op: "recv_set"; conns: string[]; count: number }
    | { op: "quiet"; conn: string; ms: number }
    | { op: "expect_close"; conn: string }
    | { op: "until_close"; conn: string }
    | { op: "close"; conn: string }
    | { op: "shutdown_write"; conn: string }
    | {
      op: "upgrade";
      conn: string;
      kind: "tls" | "deflate" | "snappy";
      cert?: boolean;
      mode?: "raw";
    }
    | { op: "http_raw"; to: string; data: Part[]; replies: number }
    | { op: "wait"; to: string; target: string; until: Record<string, Json> }
    | { op: "sleep"; ms: number }
    | { op: "mark" }
    | { op: "elapsed"; min_s: number; max_s: number }
    | { op: "nsqd_dat"; daemon: string }
    | { op: "put_file"; daemon: string; file: string; content: Part[] }
    | { op: "tmp_file"; file: string; content: string }
    | { op: "break_disk"; daemon: string }
    | { op: "mend_disk"; daemon: string }
    | { op: "log_has"; daemon: string; words: string[] }
    | { op: "auth_server"; name: string; replies: AuthReply[] }
    | { op: "auth_requests"; name: string }
    | { op: "statsd_server"; name: string }
    | { op: "statsd_lines"; name: string; until: string; without_memory_metrics: boolean }
    | { op: "fake_lookupd"; name: string; identify_reply: Json }
    | { op: "fake_lookupd_log"; name: string; count: number; sorted: boolean }
    | { op: "alive" }
  )
  & { expect: Json };

/** The name of a playable step. */
export type StepName = Step["op"];

/** The step of that name, with its inputs. */
export type StepOf<Name extends StepName> = Extract<Step, { op: Name }>;

/** Any step in the file, playable or not. */
export type RecordedStep = { readonly op: string; readonly expect: Json };

/** One recorded conversation. */
export type Case = {
  readonly name: string;
  readonly about: string;
  readonly tags: readonly string[];
  readonly steps: readonly RecordedStep[];
};

/** The shared recordings, and those of nsqadmin, which `scripts/record_nsqadmin.ts` makes. */
const VECTORS = ["open-vectors.json", "nsqadmin-vectors.json"] as const;

/** Reads all recorded cases, in the files' order; throws if a file's format is not 1. */
export function loadCases(): Case[] {
  return VECTORS.flatMap((name) => {
    const text = Deno.readTextFileSync(new URL(`./${name}`, import.meta.url));
    const file: { format: number; cases: Case[] } = JSON.parse(text);
    if (file.format !== 1) {
      throw new Error(`${name} has format ${file.format}; this replayer reads format 1.`);
    }
    return file.cases;
  });
}

/** Joins parts into the bytes they stand for; `fill` replaces the references in a text. */
export function bytesOf(parts: readonly Part[], fill: (text: string) => string): Uint8Array {
  return joinBytes(parts.map((part) => onePart(part, fill)));
}

function onePart(part: Part, fill: (text: string) => string): Uint8Array {
  if ("text" in part) return new TextEncoder().encode(fill(part.text));
  if ("hex" in part) return Uint8Array.fromHex(part.hex);
  const unit = onePart(part.repeat, (text) => text);
  const all = new Uint8Array(unit.length * part.count);
  for (let at = 0; at < all.length; at += unit.length) all.set(unit, at);
  return all;
}

/** Copies the pieces behind one another into new bytes. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** What one client connection says to nsqd in a case: its magic, then its commands. */
export type ClientSpeech = {
  readonly caseName: string;
  readonly connection: string;
  readonly magic: Uint8Array;
  readonly commands: Uint8Array;
};

/** A well-formed message id that stands for every id a client repeats to the daemon. */
export const STAND_IN_ID = "0f0e0d0c0b0a0908";

/**
 * Yields everything clients say to nsqd over TCP V2, a connection at a time, ids filled with
 * `STAND_IN_ID`. Some speeches are long (a megabyte); those of compressed connections are what
 * the client says before compressing. Includes left-out cases, malformed commands and cut ends.
 */
export function* clientSpeeches(cases: readonly Case[] = loadCases()): Generator<ClientSpeech> {
  for (const { name, steps } of cases) {
    for (const step of steps) {
      if (!isStep(step, "connect") || step.framing !== "v2") continue;
      yield {
        caseName: name,
        connection: step.conn,
        magic: bytesOf(step.magic ?? [], fillWithStandIn),
        commands: joinBytes(
          steps.filter((sent) => isStep(sent, "send")).filter((sent) => sent.conn === step.conn)
            .map((sent) => bytesOf(sent.data, fillWithStandIn)),
        ),
      };
    }
  }
}

function fillWithStandIn(text: string): string {
  return text.replaceAll(/\$\{[^}]+\}/g, STAND_IN_ID);
}

/** Tells whether a recorded step is the playable one of that name. */
export function isStep<Name extends StepName>(
  step: RecordedStep,
  name: Name,
): step is StepOf<Name> {
  return step.op === name;
}
