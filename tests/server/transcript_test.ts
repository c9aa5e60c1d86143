// Plays every transcript three times: line by line, pipelined, and byte by byte.

import { playTranscript } from "./transcript.ts";

const FOLDER = new URL("../transcripts/", import.meta.url);
const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".txt")).sort();

for (const name of names) {
  const text = Deno.readTextFileSync(new URL(name, FOLDER));
  for (const pieces of ["lines", "pipelined", "bytes"] as const) {
    Deno.test(`transcript ${name} holds, ${pieces}`, () => playTranscript(text, pieces));
  }
}
