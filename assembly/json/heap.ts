// Memory that only grows, behind everything the host laid out: dictionaries.

let end: usize = 0;
let textAt: usize = 0;
let textEnd: usize = 0;

export function setHeap(from: usize): void {
  end = from;
  textAt = 0;
  textEnd = 0;
}

export function heapEnd(): usize {
  return end;
}

/** So many bytes, or 0 where there is no memory. */
export function allocate(bytes: usize): usize {
  const at = (end + 15) & ~15;
  const needed = at + bytes + 64;
  const there = <usize>memory.size() << 16;
  if (needed > there && memory.grow(<i32>((needed - there + 65535) >> 16)) < 0) return 0;
  end = at + bytes;
  return at;
}

/** Room for a string, with 16 bytes behind it that may be read. */
export function allocateText(bytes: usize): usize {
  if (textAt + bytes > textEnd || textAt == 0) {
    const room: usize = bytes > 4096 ? bytes : 4096;
    textAt = allocate(room + 16);
    if (textAt == 0) return 0;
    textEnd = textAt + room;
  }
  const at = textAt;
  textAt += bytes;
  return at;
}
