/** What is to be done on arrival of a call. It answers by itself, and settles when the next call of its lane may begin. */
type Task = () => void | Promise<void>;

interface Lane {
  readonly waiting: Task[];
  isBusy: boolean;
}

/**
 * Calls in the order a stage takes them. Those of one input wait for each other; inputs do not wait for one another,
 * since a stage may hold back one until another has brought something. A call without an input (a barrier, a stop) is a
 * fence: it waits for all before it, and all behind it wait for it.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #arrived: { readonly input: string | undefined; readonly task: Task }[] = [];
  #busy = 0;
  #isFenced = false;
  #isPaused = false;

  /** `input` undefined makes it a fence. */
  add(input: string | undefined, task: Task): void {
    this.#arrived.push({ input, task });
    this.#sort();
  }

  /** Begins nothing until the promise settles: the line is full. */
  pause(until: Promise<void>): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    void until.then(() => {
      this.#isPaused = false;
      for (const lane of this.#lanes.values()) this.#run(lane);
      this.#sort();
    });
  }

  clear(): void {
    this.#arrived.length = 0;
    this.#lanes.clear();
  }

  #sort(): void {
    while (this.#arrived.length > 0 && !this.#isFenced && !this.#isPaused) {
      const { input, task } = this.#arrived[0]!;
      if (input === undefined) {
        if (this.#busy > 0) return;
        this.#arrived.shift();
        this.#fence(task);
      } else {
        this.#arrived.shift();
        const lane = this.#lane(input);
        lane.waiting.push(task);
        this.#run(lane);
      }
    }
  }

  #fence(task: Task): void {
    const wait = task();
    if (wait === undefined) return;
    this.#isFenced = true;
    void wait.then(() => {
      this.#isFenced = false;
      this.#sort();
    });
  }

  #lane(input: string): Lane {
    let lane = this.#lanes.get(input);
    if (lane === undefined) {
      lane = { waiting: [], isBusy: false };
      this.#lanes.set(input, lane);
    }
    return lane;
  }

  #run(lane: Lane): void {
    while (!lane.isBusy && !this.#isPaused) {
      const task = lane.waiting.shift();
      if (task === undefined) return;
      const wait = task();
      if (wait === undefined) continue;
      lane.isBusy = true;
      this.#busy++;
      void wait.then(() => {
        lane.isBusy = false;
        this.#busy--;
        this.#run(lane);
        this.#sort();
      });
    }
  }
}
