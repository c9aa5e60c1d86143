// nsqlookupd as a process: command line in, exit code out. Signals end it. Once it listens it gives up every permission
// but that of the network.

import { LogOutput } from "../base/log_output.ts";
import { versionLine } from "../base/version.ts";
import { giveUpPermissions } from "../confinement/broker_thread.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import { helpText } from "../options/help.ts";
import { type LookupdOptions, NSQLOOKUPD_OPTIONS } from "../options/nsqlookupd_options.ts";
import { OptionError } from "../options/option_error.ts";
import { resolveChecked } from "../options/range_checks.ts";
import { optionsWithoutEffect, type Resolution } from "../options/resolve.ts";
import { endSignal } from "./signals.ts";
import { surviveRejections } from "./unexpected.ts";

const PROGRAM = "nsqlookupd";
const ABOUT = "Knows which nsqd has which topic, and tells those who ask.";
/** The prefix of start errors, whatever --log-prefix says: upstream's. */
const FATAL_PREFIX = "[nsqlookupd] ";

type Given = Extract<Resolution<typeof NSQLOOKUPD_OPTIONS>, { kind: "options" }>;

/** Runs nsqlookupd with these words of a command line until a signal ends it; resolves with the exit code. */
export async function main(words: string[]): Promise<number> {
  const hostname = Deno.hostname();
  try {
    const resolution = resolveChecked(NSQLOOKUPD_OPTIONS, words, {
      readTextFile: Deno.readTextFileSync,
      defaults: { broadcastAddress: hostname },
    });
    if (resolution.kind === "help") return say(Deno.stderr, help());
    if (resolution.kind === "version") {
      return say(Deno.stdout, versionLine(PROGRAM, `deno${Deno.version.deno}`) + "\n");
    }
    return await run(resolution, hostname);
  } catch (error) {
    if (error instanceof OptionError) return refuse(error);
    throw error;
  }
}

async function run({ options, given }: Given, hostname: string): Promise<number> {
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  const log = new LogOutput({ prefix, level, format });
  surviveRejections(log);
  log.info(versionLine(PROGRAM, `deno${Deno.version.deno}`));
  for (const { name, reason } of optionsWithoutEffect(NSQLOOKUPD_OPTIONS, given)) {
    log.warn(`without effect in this version: ${name} (${reason})`);
  }
  const ending = endSignal();
  let lookupd: Lookupd;
  try {
    lookupd = await Lookupd.start({ options, log, hostname });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.flush();
    return fatal(`failed to instantiate ${PROGRAM} - ${reason}`, format);
  }
  giveUpPermissions();
  await ending;
  await lookupd.stop();
  log.info("NSQ: bye");
  log.flush();
  return 0;
}

function help(): string {
  return helpText(NSQLOOKUPD_OPTIONS, { program: PROGRAM, about: ABOUT });
}

function refuse({ exitCode, text, showUsage }: OptionError): number {
  if (exitCode !== 2) return fatal(text, "text");
  say(Deno.stderr, `${text}\n${showUsage ? help() : ""}`);
  return exitCode;
}

function fatal(text: string, format: LookupdOptions["logFormat"]): number {
  const log = new LogOutput({ prefix: FATAL_PREFIX, level: "info", format });
  log.fatal(text);
  log.flush();
  return 1;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): number {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  return 0;
}
