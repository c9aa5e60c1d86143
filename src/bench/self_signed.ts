/**
 * A certificate and key for a server that is started only to be measured, so that `--tls` needs no
 * files. Clients of the bench take any certificate; this one is trusted nowhere else.
 */
import { generateKeyPairSync, sign } from "node:crypto";
import { joinedBytes } from "../base/joined_bytes.ts";

/** Two PEM texts. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/** The object identifiers of "common name" and "ECDSA with SHA-256", as DER. */
const COMMON_NAME = Uint8Array.of(0x06, 3, 0x55, 0x04, 0x03);
const ECDSA_WITH_SHA256 = Uint8Array.of(0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
const DER = { integer: 0x02, bits: 0x03, text: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };
const VERSION_3 = Uint8Array.of(0xa0, 3, DER.integer, 1, 2);

/** Makes a new key and a certificate for "localhost", good from 2020 to 2049. */
export function selfSigned(): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(DER.sequence, ECDSA_WITH_SHA256);
  const commonName = der(DER.sequence, COMMON_NAME, der(DER.text, ascii("localhost")));
  const name = der(DER.sequence, der(DER.set, commonName));
  const [from, to] = ["200101000000Z", "491231235959Z"];
  const content = der(
    DER.sequence,
    VERSION_3,
    der(DER.integer, Uint8Array.of(1)),
    algorithm,
    name,
    der(DER.sequence, der(DER.time, ascii(from)), der(DER.time, ascii(to))),
    name,
    new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  );
  const signature = new Uint8Array(sign("sha256", content, privateKey));
  const signed = der(DER.bits, Uint8Array.of(0), signature);
  return {
    certificate: pem("CERTIFICATE", der(DER.sequence, content, algorithm, signed)),
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** A value of DER: its tag, its length, what is in it. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joinedBytes(parts);
  const { length } = content;
  return joinedBytes([Uint8Array.of(tag, ...lengthBytes(length)), content]);
}

/** DER wants the shortest form; nothing here is longer than 65,535 bytes. */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
