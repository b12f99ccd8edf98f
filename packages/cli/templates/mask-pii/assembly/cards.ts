/** Payment cards have 13 to 19 digits, often in groups with a space or a dash between. */
const FEWEST = 13;
const MOST = 19;

/** `text` with every card number (one whose check digit is right) replaced by `mask`. */
export function maskCards(text: string, mask: string): string {
  let result = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const end = endOfNumber(text, at);
    if (isCard(text, at, end)) {
      result += text.substring(copied, at) + mask;
      copied = end;
    }
    at = end;
  }
  return copied == 0 ? text : result + text.substring(copied);
}

/** Where the digits from `from` on end, single spaces and dashes between them included. */
function endOfNumber(text: string, from: i32): i32 {
  let end = from;
  for (let at = from; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (isDigit(c)) end = at + 1;
    else if ((c != 0x20 && c != 0x2d) || at > end) break;
  }
  return end;
}

/** Luhn's check: from the right, every second digit counts double. */
function isCard(text: string, from: i32, end: i32): bool {
  let digits = 0;
  let sum = 0;
  for (let at = end - 1; at >= from; at--) {
    const c = text.charCodeAt(at);
    if (!isDigit(c)) continue;
    const digit = (c - 0x30) << (digits & 1);
    sum += digit > 9 ? digit - 9 : digit;
    digits++;
  }
  return digits >= FEWEST && digits <= MOST && sum % 10 == 0;
}

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}
