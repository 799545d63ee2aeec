/** What a candidate counts or sums up. Compared with the expected one before any time counts. */
export type Answer = Readonly<Record<string, number>>;

export interface Outcome {
  readonly answer: Answer;
  /** Measured beside the time: a delay in ms, a memory in MB. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Wall time of what is asked, where the run does more than that: it writes its input, or looks at what came out. */
  readonly wallMs?: number;
  /** The same as CPU time of all threads. */
  readonly cpuMs?: number;
}

/** One way of doing the work. */
export interface Candidate {
  readonly name: string;
  /** How many records one measured section handles: few where a record is dear, so that all take about as long. */
  readonly records: number;
  /** Measured in a process of its own, once its code is warm. */
  run(records: number): Outcome | Promise<Outcome>;
  /** True when the first run is the measured one: start-up, memory. */
  readonly isCold?: boolean;
  /** Options of node for its process. */
  readonly nodeOptions?: readonly string[];
}

export interface Peer extends Candidate {
  /** The floor: how many times the time of our candidate this one must need. Without one it is for orientation. */
  readonly atLeast?: number;
  /** Where the floor is missed: what was reached. CI holds its share of this, so that we do not fall back further; it only ever rises. */
  readonly reached?: number;
}

/** A floor that is no ratio: a limit of latency or memory. */
export interface Limit {
  readonly figure: string;
  readonly unit: 'ms' | 'MB';
  readonly atMost: number;
}

/** One piece of work, done by us and by named peers. */
export interface Contest {
  readonly title: string;
  /** What is compared: CPU time of all threads, unless threads or a pause are what is asked. */
  readonly by?: 'CPU' | 'wall';
  readonly ours: Candidate;
  readonly peers: readonly Peer[];
  readonly limits?: readonly Limit[];
  /** The right answer, found in the plainest way. */
  expected(records: number): Answer;
  /** Seven, unless what is asked is a limit and not a ratio: then fewer will do. */
  readonly rounds?: number;
}

/** What one file of this folder asks. */
export interface Question {
  readonly name: string;
  readonly asks: string;
  /** What a record is here: 'record', 'import', 'run'. */
  readonly unit: string;
  readonly contests: readonly Contest[];
}

const FEW_ROUNDS = 3;

/** What CI has time for: three rounds against those to whom there is a floor; undefined where nothing could be missed. */
export function shortened(contest: Contest): Contest | undefined {
  const peers = contest.peers.filter(({ atLeast }) => atLeast !== undefined);
  if (peers.length === 0 && contest.limits === undefined) return undefined;
  return { ...contest, peers, rounds: Math.min(contest.rounds ?? FEW_ROUNDS, FEW_ROUNDS) };
}

export function candidatesOf(contest: Contest): readonly Peer[] {
  return [contest.ours, ...contest.peers];
}
