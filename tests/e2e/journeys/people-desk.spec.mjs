// People and tablets at the desk: an invitation, a renamed tablet, a code as a picture, and the log
// of all that.

import * as ordering from '../support/ordering.mjs';
import { signIn } from '../support/sign-in.mjs';
import { expect, test } from '../support/test.mjs';

const PASSWORD = 'a quiet harbour';

/** Picks the first place that the typed text finds. */
async function pickPlace(desk, testId, typed) {
  await desk.getByTestId(testId).click();
  await desk.getByTestId(testId).fill(typed);
  await desk.getByRole('listbox').getByRole('option').first().click();
}

test('an administrator invites a person, who sets a password by the link, once, and signs in with it', async ({
  server,
  newDesk,
}) => {
  const desk = await newDesk();
  await signIn(desk, server.signIn('Admin'));
  const site = server.enrolmentLinks()[0].site;
  let link;

  await test.step('bad input is said at its field', async () => {
    await desk.goto('/desk/people');
    await desk.getByTestId('person-add').click();
    await desk.getByTestId('person-save').click();
    await expect(desk.locator('#person-name-error')).toContainText('Enter a name');
    await desk.getByTestId('person-name').fill('Marta Berg');
    await desk.getByTestId('person-id').fill(server.signIn('Admin').name.toUpperCase());
    await desk.getByTestId('person-save').click();
    await expect(desk.getByTestId('roles-error')).toContainText('at least one role');
    await desk.getByTestId('role-kind').selectOption({ label: 'Site manager' });
    await pickPlace(desk, 'role-place', site);
    await expect(desk.getByTestId('role-chosen')).toContainText(site);
    await desk.getByTestId('person-save').click();
    await expect(desk.locator('#person-id-error')).toContainText('Somebody else has this user name');
  });

  await test.step('the link is shown once', async () => {
    await desk.getByTestId('person-id').fill('marta');
    await desk.getByTestId('person-save').click();
    link = await desk.getByTestId('invitation-link').innerText();
    await desk.goto('/desk/people');
    await desk.getByTestId('people-search').fill('marta');
    await expect(desk.locator('[data-person="marta"]')).toContainText('invited until');
  });

  const browser = await newDesk();
  await test.step('the person chooses a password and signs in', async () => {
    await browser.goto(link);
    await expect(browser.locator('h1')).toHaveText('Welcome, Marta Berg');
    await browser.getByTestId('welcome-password').fill('short');
    await browser.getByTestId('welcome-again').fill(PASSWORD);
    await browser.getByTestId('welcome-set').click();
    await expect(browser.locator('#welcome-password-error')).toContainText('at least 8 characters');
    await expect(browser.locator('#welcome-again-error')).toContainText('not the same');
    await browser.getByTestId('welcome-password').fill(PASSWORD);
    await browser.getByTestId('welcome-set').click();
    await expect(browser.getByTestId('welcome-done')).toContainText('marta');
    await browser.getByTestId('welcome-sign-in').click();
    await signIn(browser, { name: 'marta', password: PASSWORD });
    await expect(browser.getByTestId('person')).toHaveText('Marta Berg');
  });

  await test.step('the link works only once', async () => {
    const other = await newDesk();
    await other.goto(link);
    await expect(other.getByRole('alert')).toContainText('This link no longer works');
    await other.context().close();
  });

  await test.step('the manager sees the people of the own site, and changes only their PINs', async () => {
    await browser.goto('/desk/people');
    await expect(browser.getByTestId('person-link').first()).toBeVisible();
    await expect(browser.getByTestId('person-add')).toHaveCount(0);
    await browser.goto('/desk/people/marta');
    await browser.getByTestId('pin-digits').fill('1234');
    await browser.getByTestId('pin-save').click();
    await expect(browser.locator('#pin-digits-error')).toContainText('easy to guess');
    await browser.getByTestId('pin-digits').fill('2580');
    await browser.getByTestId('pin-save').click();
    await expect(browser.getByTestId('pin-remove')).toBeVisible();
    await expect(browser.getByTestId('person-removal')).toHaveCount(0);
  });

  await test.step('ended sessions are over at once', async () => {
    await desk.goto('/desk/people/marta');
    await desk.getByTestId('sessions-end').click();
    await expect(desk.getByTestId('person-sessions')).toContainText('Not signed in anywhere');
    await browser.goto('/desk/people');
    await expect(browser.getByTestId('sign-in-name')).toBeVisible();
  });

  await test.step('nobody removes the last administrator', async () => {
    await desk.goto(`/desk/people/${encodeURIComponent(server.signIn('Admin').name)}`);
    await desk.getByTestId('person-remove').click();
    await desk.getByTestId('person-remove-confirm').click();
    await expect(desk.getByText('Nobody else can sign in and administer')).toBeVisible();
  });

  await test.step('the log says it in sentences', async () => {
    await desk.goto('/desk/audit');
    const log = desk.getByTestId('audit-table');
    await expect(log).toContainText('made an invitation link for Marta Berg, valid 7 days');
    await expect(log).toContainText('Marta Berg set a password by an invitation link');
    await expect(log).toContainText('signed Marta Berg out everywhere');
  });
});

test('a tablet is renamed, is replaced by a code with its picture, and the tree counts it', async ({
  server,
  newTablet,
  newDesk,
}) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Pantry hatch' });
  await ordering.expectAllSent(tablet.page);
  const desk = await newDesk();
  await signIn(desk, server.signIn('Admin'));
  await desk.goto('/desk/tablets');
  await desk.getByTestId('tablets-search').fill('Pantry hatch');
  const row = desk.getByTestId('tablet').filter({ hasText: 'Pantry hatch' });
  await expect(row.getByTestId('tablet-contact')).toContainText('just now');
  // A tablet reports with its next pull, which comes every 20 s.
  await expect(row.getByTestId('tablet-unsent')).toHaveText('0', { timeout: 45_000 });

  await test.step('it gets another name', async () => {
    await row.getByTestId('rename').click();
    const dialog = desk.getByRole('dialog').filter({ visible: true });
    await dialog.getByTestId('rename-name').fill(' ');
    await dialog.getByTestId('rename-confirm').click();
    await expect(dialog.locator('#rename-name-error')).toContainText('Enter a name');
    await dialog.getByTestId('rename-name').fill('Cold store');
    await dialog.getByTestId('rename-confirm').click();
    // What is typed while the dialog is open goes into the dialog.
    await expect(dialog).toHaveCount(0);
    await desk.getByTestId('tablets-search').fill('Cold store');
    await expect(desk.getByTestId('tablet-name')).toHaveText('Cold store');
  });

  await test.step('a code for a picked site has a picture and a link', async () => {
    await pickPlace(desk, 'code-site', link.site);
    await desk.getByTestId('code-issue').click();
    await expect(desk.getByTestId('code')).toContainText(link.site);
    await expect(desk.getByTestId('code-link')).toContainText('/enrol#');
    const picture = desk.getByTestId('code-picture');
    expect(await picture.evaluate((image) => image.complete && image.naturalWidth > 0)).toBe(true);
  });

  await test.step('the tablet is revoked when another one uses the code that replaces it', async () => {
    await desk.getByTestId('replace').first().click();
    await desk.getByTestId('replace-confirm').filter({ visible: true }).click();
    await expect(desk.getByTestId('code-replaces')).toContainText('Cold store');
    const url = await desk.getByTestId('code-link').innerText();
    const next = await newTablet();
    await ordering.enrol(next, { url, site: link.site }, { name: 'Cold store 2' });
    await desk.reload();
    await desk.getByTestId('tablets-search').fill('Cold store');
    await expect(desk.getByTestId('tablet')).toHaveCount(2);
    await expect(desk.getByTestId('tablet').last()).toContainText('Revoked');
    await desk.goto('/desk/audit');
    await expect(desk.getByTestId('audit-table')).toContainText('renamed the tablet Pantry hatch');
    await expect(desk.getByTestId('audit-table')).toContainText('Cold store 2 took the place of the tablet Cold store');
  });

  await test.step('the tree counts the tablet in use', async () => {
    await desk.goto('/desk/places');
    await desk.getByTestId('places-search').fill(link.site);
    await expect(desk.getByTestId('places-table')).toContainText(link.site);
  });
});
