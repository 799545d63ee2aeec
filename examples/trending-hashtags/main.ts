// The tags used most in the last half hour, every quarter of an hour. `topK` keeps a fixed number of counters, however many
// tags there are, and says how far off a count may be; here it had room for all of them, so the counts are exact.
import { count, pipeline, print, run, sliding, topK, values } from 'headrace';
import { posts } from './posts.ts';

await run(
  pipeline('trending')
    .from(values(posts(5)))
    .eventTime((post) => post.at, { disorder: '20s' })
    .flatMap((post) => post.text.match(/#\w+/g) ?? [])
    .window('trending', sliding('30m', '15m'))
    .aggregate({ tags: count(), top: topK(3, (tag) => tag) })
    .map(({ window, tags, top }) => `${clock(window.end)} ${top.map((tag) => `${tag.value} ${tag.count}`).join(', ')} of ${tags}`)
    .to(print()),
);

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
