// One connected client as /stats shows it. Keys and their order are upstream's.

/** A client of the TCP protocol. Counts are since it connected, times in seconds since the Unix epoch. */
export interface ClientStats {
  client_id: string;
  hostname: string;
  version: "V2";
  /** `ip:port`, or `@` for a unix socket. */
  remote_address: string;
  /** A value of `clientStates`. */
  state: number;
  ready_count: number;
  in_flight_count: number;
  message_count: number;
  finish_count: number;
  requeue_count: number;
  connect_ts: number;
  sample_rate: number;
  deflate: boolean;
  snappy: boolean;
  user_agent: string;
  authed?: true;
  auth_identity?: string;
  auth_identity_url?: string;
  topology_zone: string;
  topology_region: string;
  /** What it published, by topic; absent when nothing. */
  pub_counts?: { topic: string; count: number }[];
  tls: boolean;
  tls_cipher_suite: string;
  tls_version: string;
  tls_negotiated_protocol: string;
  tls_negotiated_protocol_is_mutual: boolean;
}
