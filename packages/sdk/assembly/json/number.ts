/**
 * The nearest double to a JSON numeral, by exact integer arithmetic: the significant digits as a big integer D, the value
 * D * 10^e as a quotient of at least 64 bits, rounded once, half to even. The library's parseFloat is not exact.
 */

/** More digits cannot move the result by more than a tie, which a digit in their place keeps broken. */
const MAX_DIGITS = 800;

/** The value of a text that is a numeral by JSON's grammar. */
export function parseDecimal(text: string): f64 {
  const negative = text.charCodeAt(0) == 0x2d;
  let at = negative ? 1 : 0;
  const number = new BigNatural();
  let digits = 0;
  let scale = 0;
  let fraction = false;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c == 0x2e) {
      fraction = true;
      continue;
    }
    if (c < 0x30 || c > 0x39) break;
    if (digits < MAX_DIGITS) {
      number.multiplyAdd(10, c - 0x30);
      if (digits > 0 || c != 0x30) digits++;
      if (fraction) scale--;
    } else {
      if (c != 0x30) number.sticky = true;
      if (!fraction) scale++;
    }
  }
  if (at < text.length) scale += parseExponent(text, at + 1);
  const value = number.isZero ? 0 : scaled(number, digits, scale);
  return negative ? -value : value;
}

/** The number after `e`, cut at a size that decides everything already. */
function parseExponent(text: string, from: i32): i32 {
  const sign = text.charCodeAt(from);
  let value = 0;
  for (let i = sign == 0x2b || sign == 0x2d ? from + 1 : from; i < text.length; i++) {
    value = min(value * 10 + text.charCodeAt(i) - 0x30, 100000);
  }
  return sign == 0x2d ? -value : value;
}

function scaled(number: BigNatural, digits: i32, scale: i32): f64 {
  if (digits + scale > 310) return Infinity;
  if (digits + scale < -330) return 0;
  let exponent = 0;
  for (; scale > 0; scale--) number.multiplyAdd(10, 0);
  if (scale < 0) {
    // Enough bits that 64 are left after the divisions: 10 is less than 2^4.
    const limbs = (-scale * 4 + 64 + 31) / 32;
    number.shiftLimbs(limbs);
    exponent = -32 * limbs;
    for (; scale < 0; scale++) number.divide(10);
  }
  return number.toDouble(exponent);
}

/** A natural number in limbs of 32 bits, the lowest first. */
class BigNatural {
  private limbs: u32[] = [];
  /** Whether something was cut off below: it breaks a tie. */
  sticky: bool = false;

  get isZero(): bool {
    return this.limbs.length == 0;
  }

  multiplyAdd(factor: u64, summand: u64): void {
    let carry = summand;
    for (let i = 0; i < this.limbs.length; i++) {
      carry += <u64>this.limbs[i] * factor;
      this.limbs[i] = <u32>carry;
      carry >>= 32;
    }
    if (carry != 0) this.limbs.push(<u32>carry);
  }

  shiftLimbs(count: i32): void {
    const shifted: u32[] = [];
    for (let i = 0; i < count; i++) shifted.push(0);
    for (let i = 0; i < this.limbs.length; i++) shifted.push(this.limbs[i]);
    this.limbs = shifted;
  }

  divide(divisor: u64): void {
    let rest: u64 = 0;
    for (let i = this.limbs.length - 1; i >= 0; i--) {
      rest = (rest << 32) | this.limbs[i];
      this.limbs[i] = <u32>(rest / divisor);
      rest %= divisor;
    }
    if (rest != 0) this.sticky = true;
    while (this.limbs.length > 0 && this.limbs[this.limbs.length - 1] == 0) this.limbs.pop();
  }

  /** This number times 2^exponent, rounded to the nearest double. */
  toDouble(exponent: i32): f64 {
    const length = this.limbs.length;
    if (length == 0) return 0;
    const width = length * 32 - clz(this.limbs[length - 1]);
    // Bits below the last that the result keeps; a subnormal keeps fewer than 53.
    const cut = max(width - 53, -1074 - exponent);
    let kept = this.bits(cut);
    if (cut > 0) {
      const half = this.bits(cut - 1) & 1;
      if (half != 0 && ((kept & 1) != 0 || this.sticky || this.anyBelow(cut - 1))) kept++;
    }
    // Two steps, since 2^-1074 and 2^1023 times 53 bits are not both reachable in one factor.
    const power = exponent + cut;
    if (power > 1023) return Infinity;
    const first = max(power, -1000);
    return <f64>kept * powerOfTwo(first) * powerOfTwo(power - first);
  }

  /** The bits from `from` upward, which are at most 54; below 0 they are zeros. */
  private bits(from: i32): u64 {
    if (from < 0) return this.bits(0) << (<u64>-from);
    let result: u64 = 0;
    for (let i = this.limbs.length - 1; i >= 0; i--) {
      const place = i * 32 - from;
      if (place >= 0) result |= (<u64>this.limbs[i]) << (<u64>place);
      else if (place > -32) result |= <u64>this.limbs[i] >> <u64>-place;
    }
    return result;
  }

  private anyBelow(bit: i32): bool {
    for (let i = 0; i < bit; i++) {
      if ((this.limbs[i >> 5] >> (i & 31)) & 1) return true;
    }
    return false;
  }
}

/** 2^n for -1022 <= n <= 1023. */
function powerOfTwo(n: i32): f64 {
  return reinterpret<f64>((<u64>(n + 1023)) << 52);
}
