// The real `calloff` binary as the server of a journey, with its own data folder and a free port.
// It can end in every way in which a server can end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase } from '../../../.ci/postgres.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');

/** What `make` built. The environment may name other files. */
export const BINARY = process.env.CALLOFF_BIN ?? join(ROOT, 'target/debug/calloff');
export const DIST = process.env.CALLOFF_DIST ?? join(ROOT, 'dist');

/** The PostgreSQL server on which the journeys' data is. Undefined: SQLite. */
const POSTGRES = process.env.CALLOFF_TEST_POSTGRES;

/** A debug build makes the demo organisation in seconds. This time is for a busy machine. */
const START_MS = 90_000;
/** A server that is asked to stop finishes its requests and closes its database. */
const STOP_MS = 15_000;

const LISTENING = /listening on http:\/\/127\.0\.0\.1:(\d+)/;

export class CalloffServer {
  #dataDir;
  #command;
  #env;
  #process;
  #ended;
  /** The index in `output` at which the running process began. */
  #startedAt = 0;
  #waiting = new Set();

  /** The lines of standard output and standard error in their order; kept over restarts. */
  output = [];
  /** The folder of the built app, used from the next start on. */
  app;
  /** A port of 127.0.0.1, chosen at the first start. */
  port = 0;

  /**
   * A server with an empty data folder, or with a copy of the folder of `like`, a stopped server.
   * It is not started yet. `command` is `demo` (which first invents the organisation) or `serve`;
   * `env` adds to the environment; `app` is the folder of the built app.
   */
  static async create({ command = 'demo', env = {}, app = DIST, like } = {}) {
    const server = new CalloffServer();
    server.#dataDir = await mkdtemp(join(tmpdir(), 'calloff-e2e-'));
    if (like) await cp(like.#dataDir, server.#dataDir, { recursive: true });
    server.#command = command;
    server.app = app;
    server.#env = { ...process.env, ...env };
    if (POSTGRES) {
      server.#env.CALLOFF_DATABASE = await createDatabase(POSTGRES, like?.#env.CALLOFF_DATABASE);
    }
    return server;
  }

  /** The address on which it listens itself. Browsers use the proxy's origin instead. */
  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning() {
    return this.#process !== undefined;
  }

  /** Starts the process, on the same port after the first time, and waits until it listens. */
  async start() {
    if (this.isRunning) throw new Error('the server is running already');
    const child = spawn(BINARY, this.#arguments(this.#command, '--app', this.app, '--listen', `127.0.0.1:${this.port}`), {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const from = this.output.length;
    this.#startedAt = from;
    this.#process = child;
    this.#ended = this.#watch(child);
    const [, port] = await this.line(LISTENING, { from, withinMs: START_MS });
    this.port = Number(port);
  }

  /**
   * Asks it to stop (SIGTERM) and waits. A server that does not stop correctly fails the journey.
   */
  async stop() {
    const { code, signal } = await this.#end('SIGTERM');
    if (code !== 0) throw this.#failure(`the server did not stop in order (status ${code}, signal ${signal})`);
  }

  /** Ends it like a power failure (SIGKILL). */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Waits until the server has sent every purchase order that it can send. */
  async sendAll() {
    const isOpen = ({ kind, state }) => kind === 'dispatch' && ['waiting', 'running'].includes(state);
    for (;;) {
      const { code, stdout, stderr } = await this.run('job', 'list', '--json', '--limit', '1000');
      if (code !== 0) throw this.#failure(`the jobs cannot be read: ${stderr}`);
      if (!JSON.parse(stdout).some(isOpen)) return;
      await pause(1_000);
    }
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Ends it if it runs, and deletes its data. */
  async dispose() {
    if (this.isRunning) await this.kill();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /**
   * The match of the first line of output, from line `from` on, that `pattern` finds. Waits for it.
   * Rejects with the whole output when the process ends before or when `withinMs` milliseconds
   * pass.
   */
  line(pattern, { from = 0, withinMs = STOP_MS } = {}) {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = (why) => {
        const match = this.output.slice(from).map((line) => line.match(pattern)).find(Boolean);
        if (match) done(resolve, match);
        else if (why) done(reject, this.#failure(`${why} before a line like ${pattern}`));
      };
      const timer = setTimeout(look, withinMs, `${withinMs} ms passed`);
      this.#waiting.add(look);
      look(this.isRunning ? undefined : 'the server ended');
    });
  }

  /**
   * Runs `calloff --data <this folder> …` to its end, with a running server or without. Resolves to
   * `{ code, stdout, stderr }`.
   */
  async run(...args) {
    return this.runWith('', ...args);
  }

  /** The same, with `input` on standard input, because a PIN is never an argument. */
  async runWith(input, ...args) {
    const child = spawn(BINARY, this.#arguments(...args), { env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
    // A command that reads nothing may have ended already.
    child.stdin.on('error', () => {}).end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout.setEncoding('utf8').toArray(),
      child.stderr.setEncoding('utf8').toArray(),
      once(child, 'close'),
    ]);
    return { code, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  /**
   * The links that the demo printed at its last start, each for one tablet: `[{ url, site }]`;
   * `site` is a name.
   */
  enrolmentLinks() {
    return this.#lastPrinted(/^\s*(http\S+\/enrol#\S+)\s+(.+)$/, ([, url, site]) => ({ url, site }));
  }

  /** The texts of the mails that the demo has written into its folder instead of sending them. */
  async mails() {
    const folder = join(this.#dataDir, 'mail');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  }

  /**
   * The sign-in that the demo printed: `{ name, password }` of the first person in `role`, e.g.
   * `Finance`.
   */
  signIn(role) {
    const people = this.#lastPrinted(/^\s*(\S+) +password (\S+) +(\w+)$/, ([, name, password, role]) => ({ name, password, role }));
    const person = people.find((person) => person.role === role);
    if (!person) throw this.#failure(`the demo has printed no sign-in for ${role}`);
    return person;
  }

  #lastPrinted(pattern, read) {
    return this.output
      .slice(this.#startedAt)
      .map((line) => line.match(pattern))
      .filter(Boolean)
      .map(read);
  }

  #arguments(...args) {
    return ['--data', this.#dataDir, ...args];
  }

  /** Collects the output of the process. Resolves to its `{ code, signal }` when it has ended. */
  #watch(child) {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.output.push(line);
        for (const look of [...this.#waiting]) look();
      });
    }
    return new Promise((resolve) => {
      const ended = (why, end) => {
        this.#process = undefined;
        for (const look of [...this.#waiting]) look(why);
        resolve(end);
      };
      child.once('error', (error) => ended(`${BINARY} could not be started (${error.message})`, { code: null }));
      child.once('close', (code, signal) => ended(`the server ended (status ${code})`, { code, signal }));
    });
  }

  async #end(signal) {
    if (!this.isRunning) throw this.#failure('the server is not running');
    this.#process.kill(signal);
    const tooLong = setTimeout(() => this.#process?.kill('SIGKILL'), STOP_MS);
    const end = await this.#ended;
    clearTimeout(tooLong);
    return end;
  }

  #failure(message) {
    return new Error([message, ...this.output.map((line) => `  | ${line}`)].join('\n'));
  }
}
