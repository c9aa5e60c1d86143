// /debug/pprof: the paths that NSQ's daemons have from Go. What can be answered is; profiles are V8's, which other tools
// read than Go's, and the type of the reply says so. What only Go has is refused with a reason.

import { cpuProfile, heapFigures, ProfilerBusy } from "./profiler.ts";
import { parseQuery } from "./query.ts";
import { plainReply } from "./replies.ts";

const PREFIX = "/debug/pprof/";
/** As long as Go's, unless the query says otherwise. */
const SECONDS = 30;
const SECONDS_MAX = 60;
const NUMBER = /^[0-9]{1,3}(\.[0-9]{1,3})?$/;
const CPU_TYPE = "application/x-v8-cpuprofile+json";
const HEAP_TYPE = "application/x-v8-heap-statistics+json";

/** What a daemon shows of itself. */
export interface PprofHost {
  /** Its name, for the file that a profile is saved to. */
  readonly program: string;
  /** The words it was called with, its name first. */
  readonly commandLine: readonly string[];
}

interface PprofPath {
  readonly method: "GET" | "POST";
  /** Below /debug/pprof/. */
  readonly name: string;
  readonly answer: (host: PprofHost, queryText: string) => Response | Promise<Response>;
  readonly parameters: readonly string[];
  /** One line for the documentation. */
  readonly help: string;
}

const GO_ONLY = "501: only Go's runtime has these";

/** The paths. */
export const pprofPaths = [
  { method: "GET", name: "", answer: index, parameters: [], help: "what there is, as a page" },
  {
    method: "GET",
    name: "cmdline",
    answer: ({ commandLine }) => plainReply(commandLine.join("\0")),
    parameters: [],
    help: "the words it was started with",
  },
  { method: "GET", name: "symbol", answer: symbol, parameters: [], help: "for Go's tools" },
  { method: "POST", name: "symbol", answer: symbol, parameters: [], help: "for Go's tools" },
  {
    method: "GET",
    name: "profile",
    answer: profile,
    parameters: ["seconds?"],
    help: `where time goes: a CPU profile of V8, ${SECONDS} s unless said, ${SECONDS_MAX} at most`,
  },
  { method: "GET", name: "heap", answer: heap, parameters: [], help: "figures of V8's heap" },
  { method: "GET", name: "goroutine", answer: goOnly, parameters: [], help: GO_ONLY },
  { method: "GET", name: "block", answer: goOnly, parameters: [], help: GO_ONLY },
  { method: "GET", name: "threadcreate", answer: goOnly, parameters: [], help: GO_ONLY },
] as const satisfies readonly PprofPath[];

function index({ program }: PprofHost): Response {
  const items = pprofPaths.filter(({ name, method }) => name !== "" && method === "GET")
    .map(({ name, help }) => `<li><a href="${PREFIX}${name}">${name}</a>: ${help}</li>`);
  const page =
    `<html>\n<head><title>${PREFIX}</title></head>\n<body>\n<p>${program}: profiles are ` +
    `those of V8; Chrome's developer tools read them, go tool pprof does not.</p>\n<ul>\n` +
    `${items.join("\n")}\n</ul>\n</body>\n</html>\n`;
  return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** As upstream says it; there are no addresses to ask for. */
function symbol(): Response {
  return plainReply("num_symbols: 1\n");
}

async function profile({ program }: PprofHost, queryText: string): Promise<Response> {
  const text = parseQuery(queryText).get("seconds") ?? String(SECONDS);
  const seconds = NUMBER.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > SECONDS_MAX) {
    return plainReply(`seconds must be a number above 0, ${SECONDS_MAX} at most\n`, 400);
  }
  try {
    const json = await cpuProfile(seconds * 1000);
    const headers = {
      "Content-Type": CPU_TYPE,
      "Content-Disposition": `attachment; filename="${program}.cpuprofile"`,
    };
    return new Response(json, { headers });
  } catch (error) {
    if (!(error instanceof ProfilerBusy)) throw error;
    return plainReply("a profile is being made already: try again when it is done\n", 409);
  }
}

function heap(): Response {
  return new Response(JSON.stringify(heapFigures()), { headers: { "Content-Type": HEAP_TYPE } });
}

function goOnly(): Response {
  return plainReply(
    "This shows what Go's runtime has and V8 has not. See /debug/pprof/ for what there is.\n",
    501,
  );
}
