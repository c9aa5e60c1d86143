/**
 * The papers of a release: the bill of materials (CycloneDX 1.5, JSON), the list of licences, the checksums. Pure.
 * Invariant: the same version and packages give the same bytes; there is no date and no random number in them.
 */
import type { NpmPackage } from "./packages.ts";

/** What the executables are. */
export interface Product {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly license: string;
  readonly licenseText: string;
  readonly denoVersion: string;
  readonly v8Version: string;
}

/** What every executable contains beside the program, with its licence; the texts are with their projects. */
function runtimes({ denoVersion, v8Version }: Product) {
  return [
    {
      name: "deno",
      version: denoVersion,
      license: "MIT",
      purl: `pkg:github/denoland/deno@v${denoVersion}`,
      home: "https://github.com/denoland/deno",
    },
    {
      name: "v8",
      version: v8Version,
      license: "BSD-3-Clause",
      purl: `pkg:generic/v8@${encodeURIComponent(v8Version)}`,
      home: "https://v8.dev",
    },
  ];
}

/** The bill of materials. */
export function billOfMaterials(product: Product, packages: readonly NpmPackage[]): string {
  const { name, version, license } = product;
  const own = `pkg:generic/${name}@${version}`;
  const platforms = runtimes(product).map((runtime) => ({
    type: "platform",
    "bom-ref": runtime.purl,
    name: runtime.name,
    version: runtime.version,
    scope: "required",
    licenses: licensesOf(runtime.license),
    purl: runtime.purl,
  }));
  const libraries = packages.map((each) => ({
    type: "library",
    "bom-ref": purlOf(each),
    name: each.name,
    version: each.version,
    scope: each.isInProgram ? "required" : "optional",
    hashes: [{ alg: "SHA-512", content: sha512Hex(each.integrity) }],
    licenses: licensesOf(each.license),
    purl: purlOf(each),
  }));
  const components = [...platforms, ...libraries];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": own,
        name,
        version,
        licenses: licensesOf(license),
        purl: own,
      },
    },
    components,
    dependencies: [{ ref: own, dependsOn: components.map((each) => each.purl) }],
  };
  return JSON.stringify(document, null, 2) + "\n";
}

/** The licences of everything in the executables, with their texts where packages bring them. */
export function licenceList(product: Product, packages: readonly NpmPackage[]): string {
  const { name, version, license, licenseText } = product;
  const rows = packages.map((each) => `  ${each.name} ${each.version}: ${each.license}`);
  const platforms = runtimes(product).map((each) =>
    `  ${each.name} ${each.version}: ${each.license} (${each.home}, third parties' licences there)`
  );
  const texts = packages.flatMap((each) => {
    const title = `${each.name} ${each.version} (${each.license})`;
    if (each.texts.size === 0) return [section(title, "The package brings no licence text.")];
    return [...each.texts].map(([file, text]) => section(`${title}, ${file}`, text));
  });
  return [
    `${name} ${version} is under the licence ${license}. Its executables contain:`,
    "",
    ...platforms,
    ...rows,
    section(`${name} ${version}`, licenseText.trim()),
    ...texts,
    "",
  ].join("\n");
}

/** The lines of SHA256SUMS, as `sha256sum -c` reads them, by name. */
export function checksumLines(sums: ReadonlyMap<string, string>): string {
  const sorted = [...sums].sort(([one], [other]) => one < other ? -1 : 1);
  return sorted.map(([name, sum]) => `${sum}  ${name}\n`).join("");
}

function section(title: string, text: string): string {
  return `\n${"-".repeat(80)}\n${title}\n${"-".repeat(80)}\n${text}`;
}

function purlOf({ name, version }: Pick<NpmPackage, "name" | "version">): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** One licence has an id, several are an expression. */
function licensesOf(license: string) {
  return /^[\w.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license }];
}

function sha512Hex(integrity: string): string {
  const match = /^sha512-(.+)$/.exec(integrity);
  if (match === null) throw new Error(`"${integrity}" is no sha512 integrity`);
  return Uint8Array.fromBase64(match[1]!).toHex();
}
