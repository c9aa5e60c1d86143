// The file of a unix socket: a socket that a killed process left behind is removed, one that is in use is not, and
// anything else of that name is not ours. Permissions are set right after the socket is made.

/** Makes way for a listener at `path`. Does nothing when there is no such file. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (!await isSocket(path) || await answers(path)) return;
  // Whatever keeps it from being removed keeps it from being bound, and is reported then.
  await Deno.remove(path).catch(() => {});
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSocket === true;
  } catch {
    return false;
  }
}

/** Only a refused connection says that nobody is there; everything else is taken for a sign of life. */
async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

/** Reads permissions such as `0660`; undefined for none given. @throws {SyntaxError} for anything else */
export function parseSocketMode(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^0?[0-7]{3}$/.test(text)) {
    throw new SyntaxError(`unix socket mode ${text}: write permissions as 0660`);
  }
  return parseInt(text, 8);
}
