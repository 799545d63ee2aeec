import { hex4 } from './skip';

/** Strings with backslashes in them that are longer are left to the walker. */
export const UNESCAPED_MOST: u32 = 4096;
/** What `unescape` wrote; an unescaped string is never longer than it was. */
export const UNESCAPED = memory.data(4096 + 64, 16);

/**
 * The text of a string that was found to be right, as UTF-8; half of a surrogate pair becomes the three bytes it would
 * have if it were a character, which no right UTF-8 contains. How many bytes there are.
 */
export function unescape(from: usize, end: usize): u32 {
  let to = UNESCAPED;
  let p = from;
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c != 92) {
      store<u8>(to++, <u8>c);
      p++;
      continue;
    }
    const letter = <u32>load<u8>(p + 1);
    if (letter != 117) {
      store<u8>(to++, <u8>plain(letter));
      p += 2;
      continue;
    }
    let code = <u32>hex4(p + 2);
    p += 6;
    if (code >= 0xd800 && code < 0xdc00 && p + 6 <= end && <u32>load<u16>(p) == 0x755c) {
      const low = <u32>hex4(p + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      }
    }
    to = put(to, code);
  }
  return <u32>(to - UNESCAPED);
}

function plain(letter: u32): u32 {
  if (letter == 110) return 10;
  if (letter == 116) return 9;
  if (letter == 114) return 13;
  if (letter == 98) return 8;
  if (letter == 102) return 12;
  return letter;
}

function put(at: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(at, <u8>code);
    return at + 1;
  }
  if (code < 0x800) {
    store<u8>(at, <u8>(0xc0 | (code >> 6)));
    store<u8>(at + 1, <u8>(0x80 | (code & 63)));
    return at + 2;
  }
  if (code < 0x10000) {
    store<u8>(at, <u8>(0xe0 | (code >> 12)));
    store<u8>(at + 1, <u8>(0x80 | ((code >> 6) & 63)));
    store<u8>(at + 2, <u8>(0x80 | (code & 63)));
    return at + 3;
  }
  store<u8>(at, <u8>(0xf0 | (code >> 18)));
  store<u8>(at + 1, <u8>(0x80 | ((code >> 12) & 63)));
  store<u8>(at + 2, <u8>(0x80 | ((code >> 6) & 63)));
  store<u8>(at + 3, <u8>(0x80 | (code & 63)));
  return at + 4;
}
