// The certificate a measured server gets.

import { assert, assertEquals } from "@std/assert";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { selfSigned } from "../../src/bench/self_signed.ts";

Deno.test("selfSigned() makes a certificate that its own key signed", () => {
  const { certificate, key } = selfSigned();
  const parsed = new X509Certificate(certificate);
  assert(parsed.checkPrivateKey(createPrivateKey(key)));
  assertEquals(parsed.subject, "CN=localhost");
});
