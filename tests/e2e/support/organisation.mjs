// An organisation with one site, and with contracts that a journey writes itself.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ordering from './ordering.mjs';
import { CalloffServer } from './server.mjs';

const ZONE = 'Europe/Berlin';

/** The day at the site. */
export const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date());

/** A contract line: `item` at `amount` each. */
export const line = (id, item, amount, more = {}) => ({
  id, item, orderable_unit: 'EA', content: '1',
  tiers: [{ threshold: '1', price: { amount, base_quantity: { value: '1', unit: 'EA' } } }], ...more,
});

/** A contract with a supplier, in force for years. */
export const contract = (id, supplier, lines, more = {}) => ({
  id, version: 1, supplier, title: id, owner: 'ana', status: 'draft', currency: 'EUR',
  validity: { start: '2015-01-01', end: '2045-12-31' }, scope: { included: ['org'] }, lines, ...more,
});

/**
 * A server whose organisation buys `items` `{id: description}` from `suppliers` `{id: name}` under
 * `contracts`.
 */
export async function organisation({ items, suppliers, contracts, staff = ['Sam', 'Tilda'] }) {
  const server = await CalloffServer.create({ command: 'serve' });
  await publish(server, {
    format: 'calloff-contracts/1', exchange_rates: { comparison_currency: 'EUR' },
    locations: [{ id: 'org', name: 'Org' }, { id: 's1', parent: 'org', name: 'Site One', site: { time_zone: ZONE, currency: 'EUR' } }],
    suppliers: Object.entries(suppliers).map(([id, name]) => ({ id, name, order_channel: { email: `orders@${id}.example` } })),
    items: Object.entries(items).map(([id, description]) => ({ id, description, base_unit: 'EA' })),
    contracts,
  });
  for (const name of staff) {
    await run(server, 'user', 'add', name.toLowerCase(), '--display-name', name, '--role', 'staff@s1', '--no-password');
  }
  await server.start();
  return server;
}

/**
 * Imports contracts, or a whole organisation, and publishes a release that is in force from the day
 * `effective`, or from today.
 */
export async function publish(server, file, { effective } = {}) {
  const contents = JSON.stringify({ format: 'calloff-contracts/1', ...file });
  await withFiles({ 'contracts.json': contents }, async (path) => {
    await run(server, 'import', 'contracts', path('contracts.json'));
    await run(server, 'publish', '--reason', 'x', ...(effective ? ['--effective', effective] : []));
  });
}

/**
 * Imports a list of sites that has only `sites` `{id: name}`, and publishes. The other sites leave
 * the tree.
 */
export async function leaveOnly(server, sites) {
  const mapping = `
[root]
id = "org"
name = "Org"
[fields]
id = "id"
name = "name"
group = "group"
[site]
currency = "EUR"
[groups.all]
id = "all"
name = "All"
time_zone = "${ZONE}"
`;
  const rows = Object.entries(sites).map(([id, name]) => `${id},${name},all\n`);
  const files = { 'mapping.toml': mapping, 'sites.csv': `id,name,group\n${rows.join('')}` };
  await withFiles(files, async (path) => {
    await run(server, 'import', 'sites', path('sites.csv'), '--mapping', path('mapping.toml'), '--missing', 'end');
    await run(server, 'publish', '--reason', 'a site left');
  });
}

/** A person who signs in at the desk: `{ name, password }`. */
export async function deskUser(server, name, role) {
  const password = 'correct horse battery';
  const { code, stderr } = await server.runWith(`${password}\n`, 'user', 'add', name, '--role', role, '--password-stdin');
  if (code !== 0) throw new Error(stderr);
  return { name, password };
}

async function withFiles(files, work) {
  const folder = await mkdtemp(join(tmpdir(), 'calloff-e2e-organisation-'));
  try {
    for (const [name, contents] of Object.entries(files)) await writeFile(join(folder, name), contents);
    await work((name) => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Enrols a tablet at the site. */
export async function enrol(server, tablet, options) {
  const url = (await run(server, 'device', 'enrol', '--site', 's1', '--url', server.origin)).trim();
  return ordering.enrol(tablet, { url }, options);
}

async function run(server, ...args) {
  const { code, stdout, stderr } = await server.run(...args);
  if (code !== 0) throw new Error(`calloff ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
