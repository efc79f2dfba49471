import { reviewFileConflicts } from '../../src/state/file-conflicts.ts';
import { claim } from '../../src/state/claims.ts';
import { claimRequest, World } from './world.ts';
const median = (t: number[]) => [...t].sort((a, b) => a - b)[t.length >> 1]!.toFixed(3);
for (const claims of [0, 5000]) for (const shared of [0, 20, 1000]) {
  const agents = Array.from({ length: 50 }, (_, i) => `a${i}`);
  const world = new World([...agents, 'supervisor']);
  for (let i = 0; i < claims; i++) world.run((tx) => claim(tx, agents[i % 50]!, claimRequest([`claimed/m${i % 97}/f${i}.ts`])));
  const files = (i: number, extra = 0) => Array.from({ length: 1000 }, (_, k) => (k < shared ? `shared/dir/file${k}.ts` : `own/a${i}/some/folder/file${k + extra}.ts`));
  let s = performance.now(); let worst = 0;
  agents.forEach((a, i) => world.run((tx) => { tx.emit({ kind: 'agent', id: a, set: { files: files(i) } }); const s = performance.now(); reviewFileConflicts(tx); worst = Math.max(worst, performance.now() - s); }));
  const first = (performance.now() - s) / 50;
  const t: number[] = [], u: number[] = [], v: number[] = [];
  for (let r = 0; r < 200; r++) world.run((tx) => {
    const a = r % 50; const list = [...world.state.agents.get(`a${a}`)!.files]; list[999] = `own/a${a}/new${r}.ts`;
    tx.emit({ kind: 'agent', id: `a${a}`, set: { files: list } });
    s = performance.now(); reviewFileConflicts(tx); t.push(performance.now() - s);
    s = performance.now(); reviewFileConflicts(tx); u.push(performance.now() - s);
  });
  for (let r = 0; r < 50; r++) world.run((tx) => {
    const a = r % 50; const list = r % 100 < 50 && r % 2 ? [] : files(a, r * 1000);
    tx.emit({ kind: 'agent', id: `a${a}`, set: { files: list } });
    s = performance.now(); reviewFileConflicts(tx); v.push(performance.now() - s);
  });
  console.log({ claims, shared, firstMean: first.toFixed(2), worst: worst.toFixed(2), oneFile: median(t), max: Math.max(...t).toFixed(2), nothing: median(u), wholeList: median(v), maxWhole: Math.max(...v).toFixed(2), conflicts: world.state.conflicts.size });
}
