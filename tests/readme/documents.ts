// What the documentation tests read: the documents, their code blocks, and the examples in doc comments. It judges
// nothing.

const root = new URL("../../", import.meta.url);

/** The documents that people read, by name. */
export const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] as const;

/** A fenced block of code. */
export interface Block {
  /** The word behind the fence, such as `ts`. */
  readonly language: string;
  readonly text: string;
}

/** The file at a path of the repository. Throws when there is none. */
export function repositoryText(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

/** Whether the repository has a file or folder at this path. */
export function isInRepository(path: string): boolean {
  try {
    Deno.statSync(new URL(path, root));
    return true;
  } catch {
    return false;
  }
}

/** The absolute path of the repository, without a slash at its end. */
export const repositoryFolder = root.pathname.replace(/\/$/, "");

/** The code blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): Block[] {
  const fenced = /^```(\w*)[^\n]*\n([^]*?)^```$/gm;
  return [...markdown.matchAll(fenced)].map(([, language = "", text = ""]) => ({ language, text }));
}

/** The Markdown in the doc comments of a source text. */
export function docComments(source: string): string {
  const comments = [...source.matchAll(/^\s*\/\*\*\n([^]*?)^\s*\*\//gm)];
  return comments.map(([, text = ""]) => text.replace(/^\s*\* ?/gm, "")).join("\n");
}

/** The TypeScript examples of the documents, of mod.ts and of the client library, by where they stand. */
export function examples(): Map<string, string> {
  const client = [...Deno.readDirSync(new URL("src/client/", root))].map(({ name }) => name);
  const sources = ["mod.ts", ...client.sort().map((name) => `src/client/${name}`)];
  const texts = [
    ...DOCUMENTS.map((path) => [path, repositoryText(path)] as const),
    ...sources.map((path) => [path, docComments(repositoryText(path))] as const),
  ];
  return new Map(texts.flatMap(([path, text]) => {
    const blocks = blocksOf(text).filter(({ language }) => language === "ts");
    return blocks.map((block, index) => [`${path} ${index + 1}`, block.text] as const);
  }));
}
