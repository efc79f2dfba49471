import { claim, release } from '../../src/state/claims.ts';
import { renew } from '../../src/state/leases.ts';
import { claimRequest, releaseRequest, World } from './world.ts';

for (const H of [50, 200]) {
  const agents = Array.from({ length: H }, (_, i) => `a${i}`);
  const world = new World([...agents, 'z', 'q']);
  for (let i = 0; i < 10000; i++)
    world.run((tx) => claim(tx, agents[i % H]!, claimRequest([`${i < 9800 ? 'src' : 'lib'}/m${i % 97}/f${i}.ts`])));
  const time = (what: string, n: number, f: (i: number) => void) => {
    const t: number[] = [];
    for (let i = 0; i < n; i++) {
      const s = performance.now();
      f(i);
      t.push(performance.now() - s);
    }
    t.sort((a, b) => a - b);
    console.log(H, what, 'p50', t[n >> 1]!.toFixed(3), 'max', t[n - 1]!.toFixed(3));
  };
  time('plain', 300, (i) => world.run((tx) => claim(tx, 'z', claimRequest([`new/${i}.ts`]))));
  for (const p of ['src', 'src/**', '**', '**/*.ts', 'src/**/*.ts', '**/f*[0-9].ts'])
    time('refused ' + p, 30, () => world.run((tx) => claim(tx, 'q', claimRequest([p]))));
  for (const p of ['src', '**', '**/*.ts']) {
    time('queued ' + p, 1, () => world.run((tx) => claim(tx, 'q', claimRequest([p], { queue: true }))));
    time('ordinary outside ' + p, 300, (i) => {
      try {
        world.run((tx) =>
          claim(tx, 'z', claimRequest([`${p === 'src' ? 'other' : 'bin/x'}/${i}.${p === 'src' ? 'ts' : 'md'}`])),
        );
      } catch {}
    });
    time('ordinary holder inside ' + p, 300, (i) =>
      world.run((tx) => claim(tx, 'a1', claimRequest([`src/zz/${i}.ts`]))),
    );
    time('release inside ' + p, 200, (i) =>
      world.run((tx) => release(tx, 'a1', releaseRequest({ paths: [`src/zz/${i}.ts`] }), 'holder')),
    );
    time('renew ' + p, 200, () => renew(world.state, { wall: world.wall, mono: world.mono }, 'a1'));
    world.run((tx) => release(tx, 'q', releaseRequest({ paths: [p] }), 'holder'));
  }
}
