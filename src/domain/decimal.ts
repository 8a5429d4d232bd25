import { Decimal as Base } from 'decimal.js';

/** The one decimal of the engine: 50 digits, half-even. Written with `toFixed`, so never with an exponent. */
export const Decimal = Base.clone({ precision: 50, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -9e15, toExpPos: 9e15 });
export type Decimal = Base;

export const zero: Decimal = new Decimal(0);

/** Digits after the point per ISO 4217 currency (list of active currencies, 2024). Two unless listed. */
const otherDecimals: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};
const twoDecimals =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG'.split(
    ' ',
  );

const decimals = new Map<string, number>([...twoDecimals.map((c) => [c, 2] as const), ...Object.entries(otherDecimals)]);

/** Number of decimals of an ISO 4217 currency, or undefined when the code is not known. */
export const currencyDecimals = (currency: string): number | undefined => decimals.get(currency);

/** Every known ISO 4217 code with its decimals. */
export const knownCurrencies = (): [code: string, decimals: number][] => [...decimals];

/** Rounds half-even to the currency's decimals: the one rounding of a money leaf. */
export const roundMoney = (amount: Decimal, currency: string): Decimal =>
  amount.toDecimalPlaces(currencyDecimals(currency) ?? 2, Base.ROUND_HALF_EVEN);

/** Money as text with exactly its currency's decimals, e.g. "1761435019.00". */
export const moneyText = (amount: Decimal | string, currency: string): string =>
  new Decimal(amount).toFixed(currencyDecimals(currency) ?? 2, Base.ROUND_HALF_EVEN);

/** One FTE leaf (a placement, a seat) at four decimals, half-even: sums add rounded leaves, so printed sums and differences add up. */
export const roundFte = (value: Decimal): Decimal => value.toDecimalPlaces(4, Base.ROUND_HALF_EVEN);

/** FTE (or percent) as text: up to four decimals, no trailing zeros, no exponent, e.g. "66973.84". */
export const fteText = (value: Decimal | string): string => new Decimal(value).toDecimalPlaces(4, Base.ROUND_HALF_EVEN).toFixed();
