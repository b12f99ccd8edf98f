import { celEnv, celFunc, CelScalar, celUint, type CelFunc } from '@bufbuild/cel';

const { STRING, BOOL, DOUBLE, INT, UINT } = CelScalar;
const library = celEnv().funcs;

/** What absl::SimpleAtod and absl::SimpleAtoi take. */
const double = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+|inf(?:inity)?|nan)\s*$/i;
const integer = /^\s*[+-]?\d+\s*$/;

/** What Envoy's runtime has in another way than the library, or beside it. */
export const envoyFunctions: CelFunc[] = [
  celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => {
    const result = library.find('matches')?.call(0, text, [pattern]);
    if (typeof result === 'boolean') return result;
    throw new Error(`${pattern} is no regular expression`);
  }),
  celFunc('double', [STRING], DOUBLE, (text) => {
    if (!double.test(text)) throw new Error(`${text} is no double`);
    const [, sign, digits] = /^\s*([+-]?)(.*?)\s*$/.exec(text) as unknown as [string, string, string];
    const value = Number(digits.replace(/inf(?:inity)?/i, 'Infinity'));
    return sign === '-' ? -value : value;
  }),
  celFunc('int', [STRING], INT, (text) => {
    const value = integer.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value !== BigInt.asIntN(64, value)) throw new Error(`${text} is no int`);
    return value;
  }),
  celFunc('uint', [STRING], UINT, (text) => {
    const value = integer.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value !== BigInt.asUintN(64, value)) throw new Error(`${text} is no uint`);
    return celUint(value);
  }),
];
