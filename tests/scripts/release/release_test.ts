// The papers of a release, the names of its files, and the packages that deno.lock names.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  billOfMaterials,
  checksumLines,
  licenceList,
  type Product,
} from "../../../scripts/release/documents.ts";
import {
  lockedPackages,
  type NpmPackage,
  packagesInProgram,
  readPackages,
} from "../../../scripts/release/packages.ts";
import { fileNameFor, knownTargets, targetsIn } from "../../../scripts/release/targets.ts";

const PRODUCT: Product = {
  name: "nsqd",
  version: "1.2.3",
  license: "MIT",
  licenseText: "do as you like",
  denoVersion: "2.9.6",
  v8Version: "15.0",
};

function npmPackage(given: Partial<NpmPackage>): NpmPackage {
  return {
    name: "@scope/one",
    version: "4.5.6",
    integrity: "sha512-AQID",
    license: "Apache-2.0",
    texts: new Map([["LICENSE", "the text"]]),
    isInProgram: true,
    ...given,
  };
}

Deno.test("targetsIn() finds the targets in what deno says, and complains when it says nothing", () => {
  const errors = "error: invalid value 'none' for '--target': possible values: a-b-c, d-e\n\nMore";
  assertEquals(targetsIn(errors), ["a-b-c", "d-e"]);
  assertThrows(() => targetsIn("error: something else"), Error, "something else");
});

Deno.test("knownTargets() are those of this Deno, this machine's among them", async () => {
  assertEquals((await knownTargets()).includes(Deno.build.target), true);
});

Deno.test("fileNameFor() has version and target, and .exe for Windows", () => {
  assertEquals(fileNameFor("1.2.3", "x86_64-apple-darwin"), "nsqd-1.2.3-x86_64-apple-darwin");
  assertEquals(fileNameFor("1", "x86_64-pc-windows-msvc"), "nsqd-1-x86_64-pc-windows-msvc.exe");
});

Deno.test("lockedPackages() reads names, scopes, versions and peers", () => {
  const npm = {
    "b@2.0.0": { integrity: "sha512-BB" },
    "@s/a@1.0.0_b@2.0.0": { integrity: "sha512-AA" },
    "@s/a@1.0.0": { integrity: "sha512-AA" },
  };
  assertEquals(lockedPackages(JSON.stringify({ version: "5", npm })), [
    { name: "@s/a", version: "1.0.0", integrity: "sha512-AA" },
    { name: "b", version: "2.0.0", integrity: "sha512-BB" },
  ]);
  assertThrows(() => lockedPackages(JSON.stringify({ version: "6" })), Error, "version 6");
});

Deno.test("packagesInProgram() follows what packages need", () => {
  const row = (name: string, ...dependencies: string[]) => ({ name, version: "1", dependencies });
  const npmPackages = { "a@1": row("a", "b@1"), "b@1": row("b", "a@1"), "c@1": row("c") };
  const found = packagesInProgram({ modules: [{}, { npmPackage: "a@1" }], npmPackages });
  assertEquals([...found], ["a@1", "b@1"]);
});

Deno.test("readPackages() finds every package of this repository, with a licence", async () => {
  const packages = await readPackages("deno.lock", ["src/command_line/main.ts"]);
  const hono = packages.find(({ name }) => name === "hono");
  assertEquals([hono?.license, hono?.isInProgram], ["MIT", true]);
  assertStringIncludes(hono?.texts.get("LICENSE") ?? "", "Copyright");
});

Deno.test("billOfMaterials() is CycloneDX with hashes, licences and what the program is made of", () => {
  const expression = npmPackage({ name: "two", license: "(MIT OR ISC)", isInProgram: false });
  const document = JSON.parse(billOfMaterials(PRODUCT, [npmPackage({}), expression]));
  assertEquals([document.bomFormat, document.specVersion], ["CycloneDX", "1.5"]);
  const [, , one, two] = document.components;
  assertEquals(one, {
    type: "library",
    "bom-ref": "pkg:npm/%40scope/one@4.5.6",
    name: "@scope/one",
    version: "4.5.6",
    scope: "required",
    hashes: [{ alg: "SHA-512", content: "010203" }],
    licenses: [{ license: { id: "Apache-2.0" } }],
    purl: "pkg:npm/%40scope/one@4.5.6",
  });
  assertEquals([two.licenses, two.scope], [[{ expression: "(MIT OR ISC)" }], "optional"]);
  const references = document.components.map((each: { "bom-ref": string }) => each["bom-ref"]);
  assertEquals(document.dependencies[0].dependsOn, references);
  assertEquals(
    billOfMaterials(PRODUCT, [npmPackage({})]),
    billOfMaterials(PRODUCT, [npmPackage({})]),
  );
});

Deno.test("licenceList() names everything, and has the texts that packages bring", () => {
  const bare = npmPackage({ name: "bare", texts: new Map() });
  const text = licenceList(PRODUCT, [npmPackage({}), bare]);
  for (const part of ["deno 2.9.6: MIT", "  @scope/one 4.5.6: Apache-2.0", "do as you like"]) {
    assertStringIncludes(text, part);
  }
  assertStringIncludes(text, "@scope/one 4.5.6 (Apache-2.0), LICENSE\n");
  assertStringIncludes(text, "the text");
  assertStringIncludes(text, "The package brings no licence text.");
});

Deno.test("checksumLines() are as sha256sum -c reads them", () => {
  assertEquals(checksumLines(new Map([["b", "22"], ["a", "11"]])), "11  a\n22  b\n");
});
