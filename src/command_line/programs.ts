// The programs in this one executable, once: by subcommand (`nsqd nsq_tail ...`) or by the name it is called
// (a symlink named nsq_tail). Each is loaded when it is run.

import { linkName, type ProgramMain, type ProgramRow } from "./program_row.ts";

/** The programs by name. */
export const programs = {
  nsqd: {
    help: "the broker",
    load: async (): Promise<ProgramMain> => {
      const { main } = await import("./nsqd.ts");
      return (words) => main(words, Object.keys(programs));
    },
    describe: async () => ({ table: (await import("../options/nsqd_options.ts")).NSQD_OPTIONS }),
  },
  nsqlookupd: {
    help: "tells consumers which nsqd has which topic",
    load: async () => (await import("./nsqlookupd.ts")).main,
    describe: async () => ({
      table: (await import("../options/nsqlookupd_options.ts")).NSQLOOKUPD_OPTIONS,
    }),
  },
  nsqadmin: {
    help: "shows a cluster in the browser, and steers it",
    load: async () => (await import("./nsqadmin.ts")).main,
    describe: async () => ({
      table: (await import("../options/nsqadmin_options.ts")).NSQADMIN_OPTIONS,
    }),
  },
  nsq_pub: {
    help: "publishes from arguments, standard input or files",
    load: async () => (await import("../tools/nsq_pub.ts")).main,
    describe: async () => ({ table: (await import("../tools/nsq_pub_options.ts")).nsqPubTable }),
  },
  nsq_tail: {
    help: "prints the messages of topics as they come",
    load: async () => (await import("../tools/nsq_tail.ts")).main,
    describe: async () => ({ table: (await import("../tools/nsq_tail_options.ts")).nsqTailTable }),
  },
  nsq_to_file: {
    help: "writes the messages of topics to files",
    load: async () => (await import("../tools/nsq_to_file.ts")).main,
    describe: async () => ({
      table: (await import("../tools/nsq_to_file_options.ts")).nsqToFileTable,
    }),
  },
  to_nsq: {
    help: "publishes standard input, to several brokers at once",
    load: async () => (await import("../tools/to_nsq.ts")).main,
    describe: async () => ({ table: (await import("../tools/to_nsq_options.ts")).toNsqTable }),
  },
  nsq_stat: {
    help: "prints figures of a channel at regular times",
    load: async () => (await import("../tools/nsq_stat.ts")).main,
    describe: async () => ({ table: (await import("../tools/nsq_stat_options.ts")).nsqStatTable }),
  },
  nsq_to_http: {
    help: "makes an HTTP request of each message",
    load: async () => (await import("../tools/nsq_to_http.ts")).main,
    describe: async () => ({
      table: (await import("../tools/nsq_to_http_options.ts")).nsqToHttpTable,
    }),
  },
  nsq_to_nsq: {
    help: "publishes the messages of topics to other brokers",
    load: async () => (await import("../tools/nsq_to_nsq.ts")).main,
    describe: async () => ({
      table: (await import("../tools/nsq_to_nsq_options.ts")).nsqToNsqTable,
    }),
  },
  export: {
    help: "writes a data path in the form of upstream's nsqd, for the way back",
    load: async () => (await import("./export.ts")).main,
    describe: async () => ({ table: (await import("./export.ts")).exportTable }),
  },
  fsck: {
    help: "checks a data path and says what is in it",
    load: async () => (await import("./fsck.ts")).main,
    describe: async () => ({ table: (await import("./fsck.ts")).fsckTable }),
  },
  dev: {
    help: "starts a small cluster with sample traffic, to play with",
    load: async () => (await import("./dev.ts")).main,
    describe: async () => ({ table: (await import("./dev_options.ts")).devTable }),
  },
  top: {
    help: "shows topics, channels and rates of a cluster while they change",
    load: async () => (await import("../tools/top/top.ts")).main,
    describe: async () => ({ table: (await import("../tools/top/top_options.ts")).topTable }),
  },
  doctor: {
    help: "checks a running cluster and says what to do",
    load: async () => (await import("../tools/doctor/doctor.ts")).main,
    describe: async () => ({ table: (await import("../tools/doctor/doctor.ts")).doctorTable }),
  },
  check: {
    help: "answers monitoring systems: depth, age, consumers",
    load: async () => (await import("../tools/check/check.ts")).main,
    describe: async () => ({ table: (await import("../tools/check/check.ts")).checkTable }),
  },
  completions: {
    help: "prints completions for bash, zsh or fish",
    load: async (): Promise<ProgramMain> => {
      const { main } = await import("./completions.ts");
      return (words) => main(words, programs);
    },
    describe: async () => {
      const it = await import("./completions.ts");
      return { table: it.completionsTable, words: Object.keys(it.SHELLS) };
    },
  },
  "install-links": {
    help: "makes a symlink for each of these names",
    load: async (): Promise<ProgramMain> => {
      const { main } = await import("./install_links.ts");
      return (words) => main(words, Object.keys(programs));
    },
    describe: async () => {
      const it = await import("./install_links.ts");
      return { table: it.installLinksTable, takesDirectories: true };
    },
  },
  bench: {
    help: "measures a broker, beside others if wanted",
    load: async () => (await import("../tools/bench.ts")).runBench,
    describe: async () => (await import("../tools/completions/bench_words.ts")).benchWords(),
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
  const called = programLinked(calledName);
  if (called !== undefined && called !== "nsqd") return { name: called, words };
  if (isProgram(first)) return { name: first, words: words.slice(1) };
  if (/^\w/.test(first)) {
    const known = Object.keys(programs).join(", ");
    return { refusal: `"${first}" is no program of this executable; it has: ${known}` };
  }
  return { name: "nsqd", words };
}

function programLinked(calledName: string): ProgramName | undefined {
  return (Object.keys(programs) as ProgramName[]).find((name) =>
    [name, linkName(name)].includes(calledName)
  );
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}
