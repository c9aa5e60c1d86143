// The programs in this one executable, once: by subcommand (`nsqd nsq_tail ...`) or by the name it is called
// (a symlink named nsq_tail). Each is loaded when it is run.

/** What is fixed about a program. */
export interface ProgramRow {
  /** One line for the documentation. */
  help: string;
  /** Its main function: command line words in, exit code out. */
  load: () => Promise<(words: string[]) => Promise<number>>;
}

/** The programs by name. */
export const programs = {
  nsqd: {
    help: "the broker",
    load: async () => (await import("./nsqd.ts")).main,
  },
  nsqlookupd: {
    help: "tells consumers which nsqd has which topic",
    load: async () => (await import("./nsqlookupd.ts")).main,
  },
  nsqadmin: {
    help: "shows a cluster in the browser, and steers it",
    load: async () => (await import("./nsqadmin.ts")).main,
  },
  nsq_pub: {
    help: "publishes from arguments, standard input or files",
    load: async () => (await import("../tools/nsq_pub.ts")).main,
  },
  nsq_tail: {
    help: "prints the messages of topics as they come",
    load: async () => (await import("../tools/nsq_tail.ts")).main,
  },
  nsq_to_file: {
    help: "writes the messages of topics to files",
    load: async () => (await import("../tools/nsq_to_file.ts")).main,
  },
  to_nsq: {
    help: "publishes standard input, to several brokers at once",
    load: async () => (await import("../tools/to_nsq.ts")).main,
  },
  nsq_stat: {
    help: "prints figures of a channel at regular times",
    load: async () => (await import("../tools/nsq_stat.ts")).main,
  },
  nsq_to_http: {
    help: "makes an HTTP request of each message",
    load: async () => (await import("../tools/nsq_to_http.ts")).main,
  },
  nsq_to_nsq: {
    help: "publishes the messages of topics to other brokers",
    load: async () => (await import("../tools/nsq_to_nsq.ts")).main,
  },
  export: {
    help: "writes a data path in the form of upstream's nsqd, for the way back",
    load: async () => (await import("./export.ts")).main,
  },
  fsck: {
    help: "checks a data path and says what is in it",
    load: async () => (await import("./fsck.ts")).main,
  },
  bench: {
    help: "measures a broker, beside others if wanted",
    load: async () => (await import("../tools/bench.ts")).runBench,
  },
} as const satisfies Record<string, ProgramRow>;

/** A name of the table. */
export type ProgramName = keyof typeof programs;

/** Which program is meant, and the words that are left for it. */
export type Choice =
  | { name: ProgramName; words: string[] }
  | { refusal: string };

/**
 * Chooses by the name the executable was called by, else by the first word, else nsqd.
 * @param calledName its last path segment; a name that is none of ours, such as "deno", says nothing
 */
export function chooseProgram(calledName: string, words: string[]): Choice {
  const first = words[0] ?? "";
  if (calledName !== "nsqd" && isProgram(calledName)) return { name: calledName, words };
  if (isProgram(first)) return { name: first, words: words.slice(1) };
  if (/^\w/.test(first)) {
    const known = Object.keys(programs).join(", ");
    return { refusal: `"${first}" is no program of this executable; it has: ${known}` };
  }
  return { name: "nsqd", words };
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}
