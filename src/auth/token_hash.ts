// A token as the file of users keeps it: not itself, only what tells whether a token that is presented is the same.
// Two forms: `sha256:<64 hex digits>` for long random tokens, and `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (base64 without
// padding), slow on purpose, for what people make up. Comparisons take the same time wherever the difference is.

import { createHash, scrypt, timingSafeEqual } from "node:crypto";

const SHA256 = /^sha256:([0-9a-fA-F]{64})$/;
const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** scrypt needs 128 * r * 2^ln bytes. */
const SCRYPT_MEMORY_BYTES_MAX = 64 * 1024 * 1024;
const SCRYPT_PARALLEL_MAX = 4;
const HASH_BYTES_MIN = 16;

/** What is kept of a token. */
export type TokenHash =
  | { readonly kind: "sha256"; readonly digest: Uint8Array }
  | ({ readonly kind: "scrypt" } & ScryptHash);

interface ScryptHash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/**
 * Reads a hash.
 * @throws {SyntaxError} saying what is expected; the text is not quoted, it may be a token written by mistake
 */
export function readTokenHash(text: string): TokenHash {
  const hex = SHA256.exec(text)?.[1];
  if (hex !== undefined) return { kind: "sha256", digest: Uint8Array.fromHex(hex) };
  const match = SCRYPT.exec(text);
  if (match === null) {
    throw new SyntaxError(
      "is no token hash: write sha256:<64 hex digits> or $scrypt$ln=15,r=8,p=1$<salt>$<hash>",
    );
  }
  return readScrypt(match);
}

function readScrypt([, ln, r, p, salt, hash]: RegExpExecArray): TokenHash {
  const cost = 2 ** Number(ln);
  const blockSize = Number(r);
  const parallel = Number(p);
  const digest = base64(hash!);
  if (cost < 2 || blockSize < 1 || parallel < 1) throw new SyntaxError("has a scrypt cost of 0");
  if (128 * blockSize * cost > SCRYPT_MEMORY_BYTES_MAX || parallel > SCRYPT_PARALLEL_MAX) {
    throw new SyntaxError(
      "asks for more than 64 MiB or p=4: each attempt would hold the broker up",
    );
  }
  if (digest.length < HASH_BYTES_MIN) throw new SyntaxError("has less than 16 bytes of hash");
  return { kind: "scrypt", cost, blockSize, parallel, salt: base64(salt!), digest };
}

function base64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new SyntaxError("has a salt or a hash that is no base64");
  }
}

/** The SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** Whether two digests are the same, in constant time. */
export function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Whether this is the token behind a scrypt hash. Computes for some 50 ms, in another thread. */
export function isScryptOf(hash: ScryptHash, token: Uint8Array): Promise<boolean> {
  const { cost, blockSize, parallel, salt, digest } = hash;
  const options = { N: cost, r: blockSize, p: parallel, maxmem: 2 * SCRYPT_MEMORY_BYTES_MAX };
  return new Promise((resolve, reject) => {
    scrypt(token, salt, digest.length, options, (error, computed) => {
      if (error) reject(error);
      else resolve(isSameDigest(computed, digest));
    });
  });
}
