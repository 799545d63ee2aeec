/** Windows of one kind at work: given records and watermarks, they hand panes to their host. */
export interface Windowing<T> {
  /** Throws what a function of the user throws, and nothing has changed then. False: the record is too late for all of its windows. */
  add(value: T, timeMs: number, place: number): boolean;
  /** Time has come so far: what is due leaves by `fire`, and no record comes before all of it has. */
  advance(watermark: number): void;
  /** Emits what is due while there is room. True when nothing is due any more. */
  fire(): boolean;
  /** Takes up what was kept from an earlier life. Called once, before anything else. */
  restore(): void;
}
