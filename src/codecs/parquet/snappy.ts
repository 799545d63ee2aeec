/** Unpacks one block of Snappy to exactly `bytes` bytes; undefined where it is none, or has another length. */
export function unpackSnappy(packed: Uint8Array, bytes: number): Uint8Array | undefined {
  let [at, length, shift] = [0, 0, 0];
  for (;;) {
    const byte = packed[at++];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) break;
  }
  if (length !== bytes) return undefined;
  const out = new Uint8Array(bytes);
  return fill(packed, at, out) ? out : undefined;
}

function fill(packed: Uint8Array, from: number, out: Uint8Array): boolean {
  const [end, room] = [packed.length, out.length];
  let at = from;
  let filled = 0;
  while (at < end) {
    const tag = packed[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const size = length - 59;
        if (at + size > end) return false;
        length = 0;
        for (let i = 0; i < size; i++) length += packed[at++]! * 2 ** (8 * i);
      }
      length++;
      if (at + length > end || filled + length > room) return false;
      // A call costs more than copying a few bytes.
      if (length > 48) out.set(packed.subarray(at, at + length), filled);
      else for (let i = 0; i < length; i++) out[filled + i] = packed[at + i]!;
      at += length;
      filled += length;
      continue;
    }
    let length = (tag >>> 2) + 1;
    let back: number;
    if ((tag & 3) === 1) {
      length = ((tag >>> 2) & 7) + 4;
      back = ((tag >>> 5) << 8) | packed[at]!;
      at += 1;
    } else if ((tag & 3) === 2) {
      back = packed[at]! | (packed[at + 1]! << 8);
      at += 2;
    } else {
      back = (packed[at]! | (packed[at + 1]! << 8) | (packed[at + 2]! << 16) | (packed[at + 3]! << 24)) >>> 0;
      at += 4;
    }
    if (at > end || back === 0 || back > filled || filled + length > room) return false;
    // Byte by byte: what is copied may be what was copied just now.
    for (let i = filled, source = filled - back, stop = filled + length; i < stop; i++) out[i] = out[source++]!;
    filled += length;
  }
  return filled === room;
}
