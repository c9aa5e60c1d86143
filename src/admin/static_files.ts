// The page's files: those in the executable, or those of a folder while somebody works on them. Knows names and types, not
// what is in them. Invariant: a name is one segment of plain characters, so that no file outside the folder is meant.

import { createHash } from "node:crypto";
import { PAGE_ASSETS } from "./page_bundle.ts";

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;
const FILE_BYTES_MAX = 32 * 1024 * 1024;

/** Types by what follows the last dot. */
const contentTypes: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/vnd.microsoft.icon",
  woff: "application/font-woff",
  woff2: "font/woff2",
};

/** A file as it is served. */
export interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Says which content this is; undefined where it may change at any time. */
  readonly hash: string | undefined;
}

/** The files. */
export class StaticFiles {
  readonly #folder: string;
  readonly #embedded = new Map<string, StaticFile>();

  /** `folder` is where to look instead of in the executable; empty is nowhere. */
  constructor(folder: string, assets = PAGE_ASSETS) {
    this.#folder = folder;
    for (const [name, text] of Object.entries(assets)) {
      const bytes = new TextEncoder().encode(text);
      const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
      this.#embedded.set(name, { bytes, contentType: contentTypeOf(name), hash });
    }
  }

  /** The file of that name; undefined when there is none. */
  async find(name: string): Promise<StaticFile | undefined> {
    if (!NAME.test(name)) return undefined;
    if (this.#folder === "") return this.#embedded.get(name);
    try {
      const path = `${this.#folder}/${name}`;
      const { isFile, size } = await Deno.stat(path);
      if (!isFile || size > FILE_BYTES_MAX) return undefined;
      const bytes = await Deno.readFile(path);
      return { bytes, contentType: contentTypeOf(name), hash: undefined };
    } catch {
      return undefined;
    }
  }

  /** The address of a file below the base path, with its hash, if there is such a file. */
  async addressOf(name: string): Promise<string | undefined> {
    const file = await this.find(name);
    if (file === undefined) return undefined;
    return `static/${name}${file.hash === undefined ? "" : `?v=${file.hash}`}`;
  }
}

function contentTypeOf(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return contentTypes[extension] ?? "application/octet-stream";
}
