import { Chance } from '../chance.ts';

export interface Post {
  readonly at: number;
  readonly text: string;
}

const START = Date.UTC(2026, 5, 1, 18);
const TAGS = ['#dinner', '#music', '#rain', '#cats', '#news', '#books', '#travel', '#tea'];

/** Two hours of posts, most tags now and then; at 18:50 a match begins, and at 19:15 somebody scores. Some take a while to arrive. */
export function* posts(seed: number): Generator<Post> {
  const chance = new Chance(seed);
  for (let second = 20; second < 7200; second += 3) {
    const isMatch = second > 3000 && second < 6000;
    const tags = [TAGS[Math.floor(chance.next() ** 2 * TAGS.length)]!];
    if (isMatch && chance.next() < 0.25) tags.push('#match');
    if (second > 4500 && second < 5100 && chance.next() < 0.7) tags.push('#goal');
    yield { at: START + (second - chance.below(20)) * 1000, text: `something about ${tags.join(' ')}` };
  }
}
