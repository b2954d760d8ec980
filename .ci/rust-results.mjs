// Counts the results that `cargo test … -- --show-output` prints, line by line.
//
// A test that needs something special is ignored with the reason, for example
// `#[ignore = "needs the real data"]`.

const RUNNING = /^\s+(?:Running|Doc-tests) (.+)/;
const RESULT = /^test result: \S+ (\d+) passed; (\d+) failed; \d+ ignored;/;
const IGNORED = /^test (.+) \.\.\. ignored(?:, (.+))?$/;
/** The headings that begin the output of tests that passed, and the output of failures. */
const AFTER_OUTPUT = /^(successes:|failures:)$/;

export class RustResults {
  passed = 0;
  failed = 0;
  /** One `{ test, reason }` for each skipped test. */
  skips = [];
  /** The test binaries that ended before they reported a result. Each counts as one failure. */
  aborted = [];

  #binary;
  #isSuccess = false;

  /** Takes one line. Returns whether to show it: the output of tests that passed is noise. */
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

  /** To be called after the last line. A binary that began and never reported has failed. */
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
