/**
 * `npm run bench -- [NAME ...] [--write]`: runs the benchmarks with these names, all of them without one. `--write`: those that
 * have a page in docs/ write it anew.
 */
import process from 'node:process';

const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  help: () => import('./help.ts'),
  apply: () => import('./apply.ts'),
  build: () => import('./build.ts'),
  price: () => import('./price.ts'),
  host: () => import('./host.ts'),
  images: () => import('./images.ts'),
  scale: () => import('./scale.ts'),
};

const names = process.argv.slice(2).filter((each) => each !== '--write');
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  const known = Object.keys(benchmarks).join(', ');
  process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are: ${known}\n`);
  process.exit(64);
}
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
  process.stdout.write(`== ${name}\n`);
  await benchmarks[name]?.();
}
