// The part of snappyjs that we use: blocks of snappy without frames. The package carries no types of its own.

/** Compresses a block. */
export function compress(block: Uint8Array): Uint8Array;

/** Expands a block. Throws when it is malformed or stands for more than `maxLength` bytes. */
export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
