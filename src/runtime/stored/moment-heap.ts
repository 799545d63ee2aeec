import type { DueKey, Moment } from '../../core/agenda.ts';

/** A binary heap of moments of keys, in three arrays side by side. */
export class MomentHeap {
  readonly #ats: number[] = [];
  readonly #orders: number[] = [];
  readonly #keyIds: number[] = [];

  get count(): number {
    return this.#ats.length;
  }

  first(): DueKey | undefined {
    return this.count === 0 ? undefined : { at: this.#ats[0]!, order: this.#orders[0]!, keyId: this.#keyIds[0]! };
  }

  add({ at, order }: Moment, keyId: number): void {
    let place = this.count;
    // So that the arrays have no holes on the way.
    this.#ats.push(at);
    this.#orders.push(order);
    this.#keyIds.push(keyId);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#isBehind(above, at, order)) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(place, at, order, keyId);
  }

  take(): void {
    const at = this.#ats.pop()!;
    const order = this.#orders.pop()!;
    const keyId = this.#keyIds.pop()!;
    const { count } = this;
    if (count === 0) return;
    let place = 0;
    for (;;) {
      let below = place * 2 + 1;
      if (below >= count) break;
      if (below + 1 < count && this.#isBehind(below, this.#ats[below + 1]!, this.#orders[below + 1]!)) below++;
      if (this.#isBehind(below, at, order)) break;
      this.#move(below, place);
      place = below;
    }
    this.#put(place, at, order, keyId);
  }

  #isBehind(place: number, at: number, order: number): boolean {
    const own = this.#ats[place]!;
    return own > at || (own === at && this.#orders[place]! > order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#ats[from]!, this.#orders[from]!, this.#keyIds[from]!);
  }

  #put(place: number, at: number, order: number, keyId: number): void {
    this.#ats[place] = at;
    this.#orders[place] = order;
    this.#keyIds[place] = keyId;
  }
}
