import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RustResults } from './rust-results.mjs';

/** The output of cargo 1.95 for a first binary. The tests add the output of another binary. */
const FIRST = `
   Compiling calloff-core v0.1.0 (/calloff/shared)
    Finished \`dev\` profile [optimized] target(s) in 3.21s
     Running unittests src/lib.rs (target/debug/deps/calloff_core-1)

running 3 tests
test money::tests::adds ... ok
test money::tests::slow ... ignored
test real::resolves_the_real_list ... ignored, needs the real data

successes:

---- money::tests::adds stdout ----
noise


successes:
    money::tests::adds

test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;

const FAILING = `
     Running api/main.rs (target/debug/deps/api-2)

running 2 tests
test push_twice ... FAILED
test pull ... ok

successes:

successes:
    pull

failures:

---- push_twice stdout ----
thread 'push_twice' panicked at tests/api/main.rs:3:5

failures:
    push_twice

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
`;

const ABORTED = `
     Running simulation/main.rs (target/debug/deps/simulation-3)

running 1 test
thread 'converges' has overflowed its stack
error: test failed, to rerun pass \`-p calloff-tests --test simulation\`
`;

function read(text) {
  const results = new RustResults();
  const shown = text.split('\n').filter((line) => results.take(line));
  results.end();
  return { results, shown };
}

describe('results of cargo test', () => {
  it('counts passed tests, and says why others were ignored', () => {
    const { results } = read(FIRST);
    assert.deepEqual([results.passed, results.failed, results.skipped], [1, 0, 2]);
    assert.deepEqual(results.skips.map(({ test, reason }) => [test, reason]), [
      ['money::tests::slow', 'without a reason'],
      ['real::resolves_the_real_list', 'needs the real data'],
    ]);
  });

  it('adds up binaries', () => {
    const { results } = read(FIRST + FAILING);
    assert.deepEqual([results.passed, results.failed, results.skipped], [2, 1, 2]);
  });

  it('counts a binary that died before its result as one failure', () => {
    const { results } = read(ABORTED + FAILING);
    assert.deepEqual([results.passed, results.failed], [1, 2]);
    assert.deepEqual(results.aborted, ['simulation/main.rs (target/debug/deps/simulation-3)']);
  });

  it('shows what was ignored and the output of failures, not that of tests that passed', () => {
    const { shown } = read(FIRST + FAILING);
    assert.ok(!shown.includes('noise'));
    assert.ok(shown.includes('test real::resolves_the_real_list ... ignored, needs the real data'));
    assert.ok(shown.includes("thread 'push_twice' panicked at tests/api/main.rs:3:5"));
  });
});
