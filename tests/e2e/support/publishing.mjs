// What procurement does on the command line: it changes contracts and publishes the next release.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A price list whose import gives the next release a chunk that no tablet has. */
const MAPPING = `
[columns]
contract = "contract"
supplier = "supplier"
contract_start = "from"
contract_end = "to"
item = "item"
description = "description"
price = "price"
price_start = "from"
price_end = "to"
package = "description"
line = ["item"]
[formats]
dates = ["%Y-%m-%d"]
[constants]
location = "merrowby"
currency = "GBP"
unit = "EA"
content = "1"
owner = "hilde.jasperley"
`;
const PRICE_LIST = `contract,supplier,from,to,item,description,price
FA-900,Lantern & Wick,2020-01-01,2040-12-31,CND-0001,"Candles, dinner, ivory",4.20
`;

/** Publishes a release with one more contract. It is in force from `effective`, or from today. */
export async function publishCandles(server, { effective } = {}) {
  await inFolder(async (folder) => {
    const [mapping, list] = [join(folder, 'mapping.toml'), join(folder, 'list.csv')];
    await writeFile(mapping, MAPPING);
    await writeFile(list, PRICE_LIST);
    await calloff(server, 'import', 'price-list', list, '--mapping', mapping);
    await calloff(server, 'publish', '--reason', 'Candles', ...(effective ? ['--effective', effective] : []));
  });
}

/** Publishes a release in which nobody may buy `item` from `supplier` any more. */
export async function publishBlocked(server, { item, supplier }) {
  await inFolder(async (folder) => {
    const file = join(folder, 'contracts.json');
    await calloff(server, 'export', 'contracts', '--out', file);
    const contracts = JSON.parse(await readFile(file, 'utf8'));
    const root = contracts.locations.find(({ parent }) => !parent);
    const isOther = (rule) => rule.subject.item !== item || rule.supplier !== supplier;
    const validity = { start: '2020-01-01' };
    const rule = { subject: { item }, supplier, location: root.id, validity, preference: 'blocked' };
    contracts.sourcing_rules = [...contracts.sourcing_rules.filter(isOther), rule];
    await writeFile(file, JSON.stringify(contracts));
    await calloff(server, 'import', 'contracts', file);
    await calloff(server, 'publish', '--reason', 'Blocked');
  });
}

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'calloff-e2e-publish-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function calloff(server, ...args) {
  const { code, stdout, stderr } = await server.run(...args);
  if (code !== 0) throw new Error(`calloff ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}
