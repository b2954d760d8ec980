// Runs a command with a PostgreSQL server of its own:
//
//   node .ci/postgres.mjs cargo test --workspace --test api
//
// The command finds the server's address in CALLOFF_TEST_POSTGRES. With --durable before the
// command, as for a benchmark, each commit waits for the disk. The server listens on a socket
// in a temporary folder and nowhere else. It ends with the command, and leaves nothing behind.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Debian's packages keep the server's programs here, in a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';
/** The user of the server if we are root, because PostgreSQL refuses to run as root: nobody. */
const NOBODY = 65534;

/** The folder of the newest `initdb`. Undefined if there is none. */
export function programs() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...process.env.PATH.split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/**
 * Starts a server. Unless it is `durable`, it never waits for its disk, because its data is thrown
 * away. Returns its address and a function that stops it.
 */
export async function startPostgres({ durable = false } = {}) {
  const bin = programs();
  if (!bin) throw new Error("PostgreSQL is missing: install its server, for example with 'apt-get install postgresql'");
  const folder = mkdtempSync(join(tmpdir(), 'calloff-postgres-'));
  const user = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const run = (program, args, options) => spawn(join(bin, program), args, { ...user, cwd: folder, ...options });
  const made = run('initdb', ['-D', data, '-U', 'calloff', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await ended(made, 'initdb');
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '400',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    log_min_messages: 'fatal',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = run('postgres', ['-D', data, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = async () => {
    // Ends all connections at once.
    server.kill('SIGINT');
    if (server.exitCode === null) await new Promise((resolve) => server.once('close', resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  const isReady = () => spawnSync(join(bin, 'pg_isready'), ['-q', '-h', folder]).status === 0;
  for (let attempt = 0; !isReady(); attempt += 1) {
    if (attempt === 300 || server.exitCode !== null) {
      await stop();
      throw new Error('the PostgreSQL server of the tests does not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { address: `postgres://calloff@localhost/postgres?host=${folder}`, stop };
}

/**
 * Makes a database on the server at `address`, empty or as a copy of the one at `like`, to which
 * nobody may be connected. Returns its address.
 */
export async function createDatabase(address, like) {
  const name = `calloff_${randomBytes(8).toString('hex')}`;
  const template = like ? ` TEMPLATE ${new URL(like).pathname.slice(1)}` : '';
  const statement = `CREATE DATABASE ${name}${template}`;
  const stdio = ['ignore', 'ignore', 'inherit'];
  await ended(spawn(join(programs(), 'psql'), [address, '-q', '-c', statement], { stdio }), 'psql');
  const made = new URL(address);
  made.pathname = name;
  return made.href;
}

async function ended(child, name) {
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

if (process.argv[1] === import.meta.filename) {
  const durable = process.argv[2] === '--durable';
  const [command, ...args] = process.argv.slice(durable ? 3 : 2);
  const { address, stop } = await startPostgres({ durable });
  const env = { ...process.env, CALLOFF_TEST_POSTGRES: address };
  const child = spawn(command, args, { env, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => child.once('error', () => resolve(1)).once('close', resolve));
  await stop();
}
