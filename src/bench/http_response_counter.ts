/**
 * Counts the HTTP/1.1 responses of one keep-alive connection that has one request under way at a
 * time. It reads only what it must: the status and the content length. Chunked bodies are refused.
 * Invariant: `responses` grows by one exactly when the last byte of a response was accepted.
 */
const HEAD_END = new TextEncoder().encode("\r\n\r\n");
const LENGTH_HEADER = /^content-length: *(\d+)\r?$/im;

/** Counts responses. */
export class HttpResponseCounter {
  /** Complete responses with a status of 2xx. */
  responses = 0;
  /** What was wrong with the first response that was not one of 2xx, or null. */
  failure: string | null = null;
  readonly #buffer = new Uint8Array(16384);
  #filled = 0;
  #wanted = 0;
  #head = "";
  #headBytes: Uint8Array = new Uint8Array(0);
  #bodyBytes = 0;

  /** Where the next read goes; valid until `accept()`. */
  space(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#filled);
  }

  /** Takes in `length` bytes that were read into `space()`. */
  accept(length: number): void {
    this.#filled += length;
    while (this.failure === null && this.#filled > 0 && this.#takeResponse());
  }

  #takeResponse(): boolean {
    if (this.#wanted === 0 && !this.#takeHead()) return false;
    if (this.#filled < this.#wanted) {
      if (this.#wanted > this.#buffer.length) this.failure = "the response is too long";
      return false;
    }
    this.#buffer.copyWithin(0, this.#wanted, this.#filled);
    this.#filled -= this.#wanted;
    this.#wanted = 0;
    this.responses++;
    return true;
  }

  /** Learns from the head how long the response is; false while it is not all there. */
  #takeHead(): boolean {
    const end = this.#headEnd();
    if (end < 0) {
      if (this.#filled === this.#buffer.length) this.failure = "the response head is too long";
      return false;
    }
    // Consecutive heads mostly are the same to the byte (the date changes once a second).
    if (!this.#isLastHead(end)) this.#readHead(end);
    this.#wanted = end + this.#bodyBytes;
    return this.failure === null;
  }

  #headEnd(): number {
    const buffer = this.#buffer;
    for (let at = 3; at < this.#filled; at++) {
      if (
        buffer[at] === HEAD_END[3] && buffer[at - 1] === HEAD_END[2] &&
        buffer[at - 2] === HEAD_END[1] && buffer[at - 3] === HEAD_END[0]
      ) return at + 1;
    }
    return -1;
  }

  #isLastHead(end: number): boolean {
    const last = this.#headBytes;
    if (last.length !== end) return false;
    for (let at = 0; at < end; at++) if (last[at] !== this.#buffer[at]) return false;
    return true;
  }

  #readHead(end: number): void {
    this.#headBytes = this.#buffer.slice(0, end);
    this.#head = new TextDecoder().decode(this.#headBytes);
    const length = LENGTH_HEADER.exec(this.#head)?.[1];
    const isGood = /^HTTP\/1\.1 2\d\d/.test(this.#head);
    if (!isGood) this.failure = `the server answered ${this.#head.split("\r\n")[0]}`;
    else if (length === undefined) this.failure = "the response has no content-length";
    this.#bodyBytes = Number(length ?? 0);
  }
}
