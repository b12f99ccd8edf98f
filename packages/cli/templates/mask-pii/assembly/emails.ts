/** `text` with every e-mail address replaced by `mask`. */
export function maskEmails(text: string, mask: string): string {
  let result = '';
  let copied = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let from = at;
    while (from > copied && isLocal(text.charCodeAt(from - 1))) from--;
    let end = at + 1;
    let dot = -1;
    while (end < text.length && isDomain(text.charCodeAt(end))) {
      if (text.charCodeAt(end) == 0x2e) dot = end;
      end++;
    }
    // A dot at the end is the sentence's.
    if (dot == end - 1) {
      end = dot;
      dot = text.substring(at, end).lastIndexOf('.') < 0 ? -1 : at;
    }
    if (from == at || dot < 0) continue;
    result += text.substring(copied, from) + mask;
    copied = end;
  }
  return copied == 0 ? text : result + text.substring(copied);
}

function isDomain(c: i32): bool {
  const letter = c | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (c >= 0x30 && c <= 0x39) || c == 0x2d || c == 0x2e;
}

function isLocal(c: i32): bool {
  return isDomain(c) || c == 0x5f || c == 0x2b || c == 0x25;
}
