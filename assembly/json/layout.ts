// Where things stand inside of what the host lays out (src/codecs/json/fast-layout.ts has the same numbers).

export const COLUMN_SIZE: i32 = 64;
export const COLUMN_KIND: usize = 0;
export const COLUMN_NULLABLE: usize = 4;
export const COLUMN_VALUES: usize = 8;
export const COLUMN_NULLS: usize = 12;
/** 1: strings are plain, and `values` has their place and length. */
export const COLUMN_PLAIN: usize = 16;
export const COLUMN_TABLE: usize = 20;
export const COLUMN_MASK: usize = 24;
export const COLUMN_COUNT: usize = 28;
export const COLUMN_BYTES: usize = 32;
export const COLUMN_MOST_ENTRIES: usize = 36;
export const COLUMN_MOST_BYTES: usize = 40;
/** 1: no string is added any more, and one that is not there is wrong. */
export const COLUMN_CLOSED: usize = 44;
export const COLUMN_UNIT: usize = 48;
/** The place and length of each string of the dictionary, by its number. */
export const COLUMN_LIST: usize = 52;
export const COLUMN_NODE: usize = 56;

export const KIND_STRING: u32 = 0;
export const KIND_NUMBER: u32 = 1;
export const KIND_INTEGER: u32 = 2;
export const KIND_BIGINT: u32 = 3;
export const KIND_BOOLEAN: u32 = 4;
export const KIND_TIME: u32 = 5;

export const UNIT_ISO: u32 = 0;
export const UNIT_S: u32 = 1;
export const UNIT_MS: u32 = 2;
export const UNIT_US: u32 = 3;
export const UNIT_NS: u32 = 4;

// A node of the tree of wanted members, and an entry: the bytes from behind a value to the next one. Both foretell.
export const NODE_COLUMN: usize = 0;
export const NODE_STAMP: usize = 4;
export const NODE_MEMBERS: usize = 8;
export const NODE_MEMBER_COUNT: usize = 12;
/** A member of a node: where its name stands, how long it is, and its node. */
export const MEMBER_SIZE: usize = 12;

export const ENTRY_SIZE: usize = 96;
export const ENTRY_MASK: usize = 32;
export const ENTRY_LENGTH: usize = 64;
export const ENTRY_NODE: usize = 68;
export const ENTRY_NEXT: usize = 72;
export const ENTRY_ALT: usize = 76;
export const ENTRY_PARENT: usize = 80;
export const ENTRY_LONGEST: u32 = 32;
