/** A folder for one test. Invariant: it and everything in it is gone when its scope ends. */
export class TemporaryFolder implements Disposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "nsqd-test-" });

  /** Removes the folder and everything in it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
