// Counts what `cargo test … -- --show-output` printed, line by line.
//
// A test that lacks something prints a line that starts with `skipped:` and returns; libtest calls
// that passed, we call it skipped. With --show-output its line stands in the block
// `---- NAME stdout ----` of its binary.

const RUNNING = /^\s+(?:Running|Doc-tests) (.+)/;
const RESULT = /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/;
const OUTPUT_OF = /^---- (.+) stdout ----$/;
const SKIPPED = /^skipped: ?(.*)/;
/** Ends the blocks of the tests that passed: the list of names, the failures, the result. */
const AFTER_OUTPUT = /^(successes:|failures:)$/;

export class RustResults {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** `{ test, reason }` of each skip. */
  skips = [];
  /** What failed without a count of its own: binaries that ended before they could report. */
  aborted = [];

  #binary;
  #test;
  #isSuccess = false;

  /** Takes one line; returns whether a person wants to see it (output of tests that passed is noise). */
  take(line) {
    const running = line.match(RUNNING);
    if (running) {
      this.end();
      this.#binary = running[1];
      return true;
    }
    const result = line.match(RESULT);
    if (result) {
      this.#count(result.slice(1).map(Number));
      return true;
    }
    if (AFTER_OUTPUT.test(line)) {
      this.#isSuccess = line === 'successes:';
      this.#test = undefined;
      return !this.#isSuccess;
    }
    const output = line.match(OUTPUT_OF);
    if (output) {
      this.#test = output[1];
      return !this.#isSuccess;
    }
    const skip = line.match(SKIPPED);
    if (skip) {
      this.#skip(skip[1]);
      return true;
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

  #count([passed, failed, ignored]) {
    this.passed += passed;
    this.failed += failed;
    this.skipped += ignored;
    this.#binary = undefined;
    this.#test = undefined;
    this.#isSuccess = false;
  }

  /** A test is skipped once, however many reasons it gives; one that failed as well stays failed. */
  #skip(reason) {
    const isKnown = this.skips.some(({ test, binary }) => test === this.#test && binary === this.#binary);
    if (!this.#isSuccess || this.#test === undefined || isKnown) return;
    this.skips.push({ test: this.#test, binary: this.#binary, reason });
    this.skipped += 1;
    this.passed -= 1;
  }
}
