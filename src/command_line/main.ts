// The command line: importing it runs the program that was called, and ends the process. Executables are made from this
// file and not from mod.ts, because what a library exports would be loaded for nothing (measured: 5 MB).

import process from "node:process";
import { invokedName, invokedNameVariable } from "../base/invoked_name.ts";
import { chooseProgram, programs } from "./programs.ts";

const calledName = invokedName(process.argv0, Deno.env.get(invokedNameVariable));
Deno.env.delete(invokedNameVariable);
const choice = chooseProgram(calledName, [...Deno.args]);
if ("refusal" in choice) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${choice.refusal}\n`));
  Deno.exit(2);
}
const main = await programs[choice.name].load();
Deno.exit(await main(choice.words));
