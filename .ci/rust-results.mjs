// Counts what `cargo test … -- --show-output` printed, line by line.
//
// A test that lacks something is ignored, with the reason: `#[ignore = "needs the real data"]`.

const RUNNING = /^\s+(?:Running|Doc-tests) (.+)/;
const RESULT = /^test result: \S+ (\d+) passed; (\d+) failed; \d+ ignored;/;
const IGNORED = /^test (.+) \.\.\. ignored(?:, (.+))?$/;
/** Ends the blocks of the tests that passed: the list of names, the failures, the result. */
const AFTER_OUTPUT = /^(successes:|failures:)$/;

export class RustResults {
  passed = 0;
  failed = 0;
  /** `{ test, reason }` of each skip. */
  skips = [];
  /** What failed without a count of its own: binaries that ended before they could report. */
  aborted = [];

  #binary;
  #isSuccess = false;

  /** Takes one line; returns whether a person wants to see it (output of tests that passed is noise). */
  take(line) {
    const running = line.match(RUNNING);
    if (running) {
      this.end();
      this.#binary = running[1];
      return true;
    }
    const ignored = line.match(IGNORED);
    if (ignored) {
      this.skips.push({ test: ignored[1], reason: ignored[2] ?? 'without a reason' });
      return true;
    }
    const result = line.match(RESULT);
    if (result) {
      this.#count(result.slice(1).map(Number));
      return true;
    }
    if (AFTER_OUTPUT.test(line)) {
      this.#isSuccess = line === 'successes:';
      return !this.#isSuccess;
    }
    return !this.#isSuccess;
  }

  /** Call after the last line: a binary that began and never reported has failed. */
  end() {
    if (this.#binary) {
      this.aborted.push(this.#binary);
      this.failed += 1;
    }
    this.#binary = undefined;
  }

  get skipped() {
    return this.skips.length;
  }

  #count([passed, failed]) {
    this.passed += passed;
    this.failed += failed;
    this.#binary = undefined;
    this.#isSuccess = false;
  }
}
