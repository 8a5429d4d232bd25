/**
 * Countries of a generated organisation: shares of 10,000, what a pound of pay in the United Kingdom is there (in hundredths), and the rate in
 * millionths of a pound. Round figures of our own: a generated file must not look like a source of rates.
 */
export const countries = [
  { country: 'GB', currency: 'GBP', decimals: 2, share: 4500, pay: 100, rate: 1_000_000, cities: ['Leeds', 'Cardiff', 'Dundee'] },
  { country: 'US', currency: 'USD', decimals: 2, share: 2000, pay: 0, rate: 790_000, cities: ['Columbus', 'Tulsa', 'Reno'] },
  { country: 'DE', currency: 'EUR', decimals: 2, share: 1500, pay: 125, rate: 850_000, cities: ['Rostock', 'Kassel', 'Ulm'] },
  { country: 'PL', currency: 'PLN', decimals: 2, share: 900, pay: 275, rate: 200_000, cities: ['Gdynia', 'Lublin'] },
  { country: 'IN', currency: 'INR', decimals: 2, share: 800, pay: 3150, rate: 9_500, cities: ['Pune', 'Kochi'] },
  { country: 'JP', currency: 'JPY', decimals: 0, share: 300, pay: 15_200, rate: 5_300, cities: ['Sendai'] },
] as const;

export const currencies: readonly string[] = countries.map((c) => c.currency);

/** What one unit of `currency` is in `own`, with eight decimals; "" for the own currency itself. */
export const rateText = (currency: string, own: string): string => {
  if (currency === own) return '';
  const rate = (of: string) => BigInt(countries.find((c) => c.currency === of)?.rate ?? 0);
  const scaled = ((rate(currency) * 200_000_000n) / rate(own) + 1n) / 2n;
  return `${scaled / 100_000_000n}.${String(scaled % 100_000_000n).padStart(8, '0')}`;
};

/** What a unit works on, with the noun of those who do. */
export const families = [
  ['Operations', 'Operations'],
  ['Engineering', 'Engineer'],
  ['Finance', 'Finance'],
  ['People', 'People'],
  ['Legal', 'Counsel'],
  ['Sales', 'Sales'],
  ['Marketing', 'Marketing'],
  ['Customer Service', 'Service'],
  ['Logistics', 'Logistics'],
  ['Research', 'Research'],
  ['Data', 'Data'],
  ['Security', 'Security'],
  ['Procurement', 'Procurement'],
  ['Estates', 'Estates'],
  ['Policy', 'Policy'],
  ['Communications', 'Communications'],
] as const;

export const givenNames = [
  'Ada',
  'Bo',
  'Cleo',
  'Dario',
  'Esra',
  'Fynn',
  'Gita',
  'Hugo',
  'Ines',
  'Jun',
  'Kaya',
  'Liam',
  'Mira',
  'Noor',
  'Otto',
  'Pia',
  'Quinn',
  'Rosa',
  'Sami',
  'Tara',
] as const;
export const familyNames = [
  'Abel',
  'Brandt',
  'Costa',
  'Duarte',
  'Eklund',
  'Ferris',
  'Gupta',
  'Hale',
  'Ito',
  'Jansen',
  'Kovac',
  'Lind',
  'Moreau',
  'Novak',
  'Okafor',
  'Petrov',
  'Quist',
  'Rossi',
  'Sato',
  'Tran',
] as const;
