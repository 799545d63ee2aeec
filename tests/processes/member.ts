import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '../../src/base/random.ts';
import type { Member } from './flow.ts';

export const programs: Readonly<Record<'producer' | 'inference' | 'consumer', URL>> = {
  producer: new URL('producer.ts', import.meta.url),
  inference: new URL('inference.ts', import.meta.url),
  consumer: new URL('consumer.ts', import.meta.url),
};

export interface SupervisedOptions {
  readonly program: keyof typeof programs;
  readonly told: Member;
  readonly random: SeededRandom;
  readonly kills: number;
  /** The most records a life sees before it is killed. */
  readonly patience: number;
  readonly env: NodeJS.ProcessEnv;
  /** A kill more, or the word that everything has come. */
  changed(): void;
  /** It says something. */
  heard(): void;
  /** Whether every other life is killed when somebody else sees records: at the moment this one has published some. */
  readonly diesOfOthers?: boolean;
}

/** Of records that somebody else sees, in a life that is killed by them. */
const OTHERS_PATIENCE = 10;

/**
 * Keeps one process alive: kills it with SIGKILL when it has seen a number of records drawn for each life, and begins it
 * again at once, until it has had its kills.
 */
export class Supervised {
  readonly #options: SupervisedOptions;
  #child!: ChildProcessByStdio<Writable, Readable, Readable>;
  #killsAt = 0;
  #othersLeft = 0;
  #hasSpoken = false;
  #isKilled = false;
  #limit = 0;
  kills = 0;
  /** The consumer has all records. */
  hasAll = false;
  /** Settles when it ends by itself; rejects when it fails. */
  readonly ended: Promise<void>;
  readonly #end: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    this.ended.catch(() => {}); // Told to whoever waits for all of them.
    this.#begin();
  }

  /** The producer may write so far. */
  letUpTo(limit: number): void {
    this.#limit = limit;
    this.#child.stdin.write(`${limit}\n`);
  }

  /** Somebody else has seen a record. */
  othersSaw(): void {
    if (this.#hasSpoken && --this.#othersLeft === 0) this.#kill();
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }

  /** At the end of a test that failed: nothing stays behind. */
  destroy(): void {
    this.#end.resolve();
    this.#child.kill('SIGKILL');
  }

  #begin(): void {
    const { program, told, random, env, patience } = this.#options;
    const path = fileURLToPath(programs[program]);
    const child = spawn(process.execPath, ['--conditions=headrace-source', '--no-warnings', path, JSON.stringify(told)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env,
    });
    this.#child = child;
    this.#isKilled = false;
    this.#hasSpoken = false;
    const diesOfOthers = this.#options.diesOfOthers === true && random.next() < 0.5;
    this.#killsAt = diesOfOthers ? Number.POSITIVE_INFINITY : 1 + Math.floor(random.next() * patience);
    this.#othersLeft = diesOfOthers ? 1 + Math.floor(random.next() * OTHERS_PATIENCE) : Number.POSITIVE_INFINITY;
    // A process that is killed does not read what it was told.
    child.stdin.on('error', () => {});
    if (this.#limit > 0) child.stdin.write(`${this.#limit}\n`);
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += String(text);
    });
    createInterface(child.stdout).on('line', (line) => this.#said(line));
    child.on('close', (code, signal) => this.#closed(code, signal, said));
  }

  #said(line: string): void {
    this.#options.heard();
    if (line.startsWith('all ')) {
      this.hasAll = true;
      this.#options.changed();
    } else {
      this.#hasSpoken = true;
      if (Number(line) >= this.#killsAt) this.#kill();
    }
  }

  #kill(): void {
    if (this.#isKilled || this.kills >= this.#options.kills) return;
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
  }

  #closed(code: number | null, signal: string | null, said: string): void {
    if (signal === 'SIGKILL' && this.#isKilled) {
      this.kills++;
      this.#begin();
      this.#options.changed();
    } else if (code === 0) {
      this.#end.resolve();
    } else {
      this.#end.reject(new Error(`${this.#options.program} ended with ${code ?? signal} in life ${this.kills + 1}:\n${said}`));
    }
  }
}
