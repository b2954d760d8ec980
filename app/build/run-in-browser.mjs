// A cargo runner. It runs the wasm unit tests of a package in headless Chromium and reports as
// `cargo test` does.
//
//   CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="node $PWD/app/build/run-in-browser.mjs" \
//     cargo test -p calloff-app --lib --target wasm32-unknown-unknown
//
// `wasm-bindgen-test-runner` alone would drive the browser through chromedriver. This script needs
// only the browser: it lets the runner serve the tests, and opens them over Chromium's debugging
// pipe. It needs Node 20, `wasm-bindgen-test-runner` on PATH and Chromium (the variable CHROMIUM,
// else `chromium`).

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DEADLINE_MS = 120_000;
const BROWSER_FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
];

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves when the runner serves the page. Rejects if the runner ends before. */
async function serveTests(address) {
  const env = { ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: address };
  const runner = spawn("wasm-bindgen-test-runner", process.argv.slice(2), { env, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    let printed = "";
    runner.once("error", reject);
    runner.once("exit", (code) => reject(new Error(`wasm-bindgen-test-runner ended with ${code}: ${printed}`)));
    runner.stdout.on("data", (text) => {
      printed += text;
      if (printed.includes("Ctrl-C")) resolve();
      else if (/no tests to run/.test(printed)) process.exit(0);
    });
  });
  return runner;
}

/** Speaks the debugging protocol over file descriptors 3 and 4: JSON, a zero byte at each end. */
function connect(browser) {
  const [, , , input, output] = browser.stdio;
  const waiting = new Map();
  let rest = "";
  let next = 1;
  output.setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
      waiting.delete(id);
    }
  });
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

async function runPage(send, url) {
  const { targetId } = await send("Target.createTarget", { url });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const expression = 'document.getElementById("output")?.textContent ?? ""';
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    // Between two documents the page cannot evaluate. The loop asks again until the deadline.
    const evaluated = await send("Runtime.evaluate", { expression }, sessionId).catch(() => undefined);
    const output = evaluated?.result.value ?? "";
    if (/^test result: /m.test(output)) return { output, passed: /^test result: ok/m.test(output) };
    if (Date.now() > deadline) return { output: `${output}\nno result within ${DEADLINE_MS / 1000} s`, passed: false };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const address = `127.0.0.1:${await freePort()}`;
const runner = await serveTests(address);
const profile = await mkdtemp(join(tmpdir(), "calloff-browser-tests-"));
const browser = spawn(process.env.CHROMIUM ?? "chromium", [...BROWSER_FLAGS, `--user-data-dir=${profile}`], {
  stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
});
browser.once("error", (error) => {
  console.error(`Chromium does not start (${error.message}); install it or set CHROMIUM to its path`);
  runner.kill();
  process.exit(1);
});
// The end of this process ends both, because cargo would wait for ever for a runner that is left.
process.once("exit", () => [runner, browser].forEach((child) => child.kill()));
const { output, passed } = await runPage(connect(browser), `http://${address}/`);
console.log(output);
browser.kill();
runner.removeAllListeners("exit").kill();
await new Promise((resolve) => (browser.exitCode ?? browser.signalCode ? resolve() : browser.once("exit", resolve)));
await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
process.exit(passed ? 0 : 1);
