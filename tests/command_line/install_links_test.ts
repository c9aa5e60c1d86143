// install-links makes links, keeps right ones, and touches nothing else.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runInstallLinks } from "../../src/command_line/install_links.ts";
import { linkName } from "../../src/command_line/program_row.ts";
import { chooseProgram, type ProgramName, programs } from "../../src/command_line/programs.ts";
import { FakeStreams } from "../tools/fake_streams.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const NAMES = (Object.keys(programs) as ProgramName[]).map(linkName);

async function run(...words: string[]) {
  const streams = new FakeStreams();
  const code = await runInstallLinks(words, streams, Object.keys(programs));
  return { code, output: streams.outputText, errors: streams.errorText };
}

/** A folder with an executable and one for links. */
async function prepared(): Promise<{ folder: TemporaryFolder; executable: string; links: string }> {
  const folder = new TemporaryFolder();
  const executable = `${await Deno.realPath(folder.path)}/nsqd`;
  await Deno.writeTextFile(executable, "#!/bin/sh\n", { mode: 0o755 });
  await Deno.mkdir(`${folder.path}/bin`);
  return { folder, executable, links: `${folder.path}/bin` };
}

Deno.test("install-links makes a link for each program, and a second time none", async () => {
  const { folder, executable, links } = await prepared();
  await using _folder = folder;
  const first = await run(`--executable=${executable}`, links);
  assertEquals([first.code, first.output], [0, `${NAMES.length} links made in ${links}\n`]);
  assertEquals([...Deno.readDirSync(links)].map(({ name }) => name).sort(), NAMES.toSorted());
  for (const name of NAMES) assertEquals(await Deno.readLink(`${links}/${name}`), executable);
  const second = await run(`--executable=${executable}`, links);
  assertEquals(second.output, `0 links made in ${links}, ${NAMES.length} were there\n`);
});

Deno.test("install-links makes short links beside the executable, which is none of them", async () => {
  const { folder, executable } = await prepared();
  await using _folder = folder;
  assertEquals((await run(`--executable=${executable}`, folder.path)).code, 0);
  assertEquals(await Deno.readLink(`${folder.path}/nsq_tail`), "nsqd");
  assert((await Deno.lstat(executable)).isFile);
});

Deno.test("install-links touches nothing when one name is taken by something else", async () => {
  for (const kind of ["file", "folder", "other link", "dangling link"]) {
    const { folder, executable, links } = await prepared();
    await using _folder = folder;
    const place = `${links}/nsq_tail`;
    if (kind === "file") await Deno.writeTextFile(place, "mine");
    else if (kind === "folder") await Deno.mkdir(place);
    else await Deno.symlink(kind === "other link" ? "/bin/sh" : "/nowhere", place);
    const { code, errors } = await run(`--executable=${executable}`, links);
    assertEquals(code, 1, kind);
    assertStringIncludes(errors, `in the way, and not touched: ${place}; nothing was made`);
    assertEquals([...Deno.readDirSync(links)].length, 1, kind);
  }
});

Deno.test("install-links says what it needs", async () => {
  const { folder, executable } = await prepared();
  await using _folder = folder;
  assertEquals((await run()).code, 2);
  assertEquals((await run("a", "b")).code, 2);
  assertStringIncludes(
    (await run(`--executable=${executable}`, "/no/where")).errors,
    "is no directory",
  );
  assertStringIncludes((await run("--executable=/no/where", folder.path)).errors, "/no/where: ");
  // From the sources there is no executable to lead to.
  assertStringIncludes((await run(folder.path)).errors, "deno task compile");
});

Deno.test("linkName() hides no other program, and chooseProgram() understands each of them", () => {
  for (const name of Object.keys(programs) as ProgramName[]) {
    assert(linkName(name).includes("nsq"), name);
    assertEquals(chooseProgram(linkName(name), ["--x"]), { name, words: ["--x"] });
  }
});
