// Items of the demo organisation that the journeys order, and the texts that find them.

export const MILK = { typed: 'milk whole fresh', item: 'DAI-0013' };
export const EGGS = { typed: 'eggs large barn', item: 'DAI-0005' };
export const BREAD = { typed: 'bread white sliced', item: 'BAK-0001' };
export const COFFEE = { typed: 'coffee dark roast beans', item: 'BEV-0003' };
