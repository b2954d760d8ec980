// Signing in at head office, as a step of a journey.

import { expect } from '@playwright/test';

/**
 * Signs a person in at the desk and waits for the orders. `origin` is the origin of the server, for
 * a browser that does not know it. `shows` is what a person sees who has no orders.
 */
export async function signIn(desk, { name, password, origin = '', shows = 'orders-table' }) {
  await desk.goto(`${origin}/desk/sign-in`);
  await desk.getByTestId('sign-in-name').fill(name);
  await desk.getByTestId('sign-in-password').fill(password);
  await desk.getByTestId('sign-in-submit').click();
  await expect(desk.getByTestId(shows)).toBeVisible();
}
