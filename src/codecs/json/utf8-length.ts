/** How many bytes the character at a byte from 0x80 on has; 0 where it is none: overlong, half of a pair, beyond the last one. */
export function utf8Bytes(bytes: Uint8Array, at: number, to: number): number {
  const c = bytes[at]!;
  const length = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > to) return 0;
  const second = bytes[at + 1]!;
  const least = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
  const most = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = at + 2; i < at + length; i++) if (bytes[i]! >> 6 !== 2) return 0;
  return length;
}
