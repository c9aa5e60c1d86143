// The certificates of tests: where they lie, how a client trusts them and shows its own, and how a server is given one.

/** The folder, with a slash at its end. */
export const CERTIFICATES = new URL("certificates/", import.meta.url).pathname;

/** The file of the authority that has signed all of them. */
export const AUTHORITY_FILE = `${CERTIFICATES}ca.crt`;

/** The text of a file in the folder. */
export function pem(name: string): string {
  return Deno.readTextFileSync(CERTIFICATES + name);
}

/** A client that trusts the authority. */
export const TRUSTING = { authorities: [pem("ca.crt")] };

/** One that also shows a certificate of its own. */
export const SHOWING = { ...TRUSTING, certificate: pem("client.crt"), key: pem("client.key") };

/** The options of a server for `localhost` and `127.0.0.1`. */
export const SERVING = {
  tlsCert: `${CERTIFICATES}server.crt`,
  tlsKey: `${CERTIFICATES}server.key`,
};

/** The same as flags. */
export const SERVING_FLAGS = [`--tls-cert=${SERVING.tlsCert}`, `--tls-key=${SERVING.tlsKey}`];
