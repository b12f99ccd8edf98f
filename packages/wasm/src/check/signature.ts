import { sameFunctionType, type FunctionType } from '../module/wasm-module.ts';

/** A function's type in short: `iil>i` is `(i32, i32, i64) -> i32`, `i>` returns nothing. */
export type Signature = `${string}>${'i' | ''}`;

const letters: Readonly<Record<string, string>> = { i: 'i32', l: 'i64', f: 'f32', d: 'f64' };

/** The type that a short signature means. */
export function functionType(signature: Signature): FunctionType {
  const [params = '', results = ''] = signature.split('>');
  const types = (text: string): string[] => Array.from(text, (letter) => letters[letter] ?? letter);
  return { params: types(params), results: types(results) };
}

/** Whether a function has that type. */
export function hasSignature(type: FunctionType, signature: Signature): boolean {
  return sameFunctionType(type, functionType(signature));
}
