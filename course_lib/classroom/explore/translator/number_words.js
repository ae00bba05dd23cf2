// Numbers as course_lib.data.number_words writes them: spelled by rule, and read from digits or English words.

const DEVANAGARI = "०१२३४५६७८९";

// small: the words from 0 to 99; groups: [size, name] of what the language counts in above, the largest first.
function spell(number, { small, groups }) {
  const group = groups.find(([size]) => number >= size);
  if (!group) return small[number];
  const [size, name] = group;
  const rest = number % size;
  const count = `${spell(Math.floor(number / size), { small, groups })} ${name}`;
  return rest ? `${count} ${spell(rest, { small, groups })}` : count;
}

// "twenty-seven" is two words, as in course_lib.data.tokens; the dashes are all that a keyboard or a web page may give.
const cut = (text) => text.split(/[\s,\u2010-\u2015-]+/).filter((word) => word);

// In groups as in India, in both scripts.
const grouped = (number) => String(number).replace(/(\d)(?=(\d\d)+\d$)/g, "$1,");
const devanagari = (text) => text.replace(/\d/g, (digit) => DEVANAGARI[digit]);

// What a student typed: {number}, or {problem, word}, which says why there is none.
function readNumber(typed, english, most) {
  const text = typed.normalize("NFKC").replace(/[०-९]/g, (digit) => DEVANAGARI.indexOf(digit)).trim().toLowerCase();
  if (/^\d[\d,\s]*$/.test(text)) {
    const number = Number(text.replace(/\D/g, "")); // commas may stand anywhere: as in India, as in the West, or none
    return number > most ? { problem: "large", word: text } : { number };
  }
  if (/\d/.test(text)) return { problem: "unknown", word: typed.trim() }; // -5, 3.5, 5 hundred
  const words = cut(text).filter((word) => word !== "and");
  if (!words.length) return { problem: "empty" };
  const sizes = new Map(english.groups.map(([size, name]) => [name, size]));
  const stranger = words.find((word) => !sizes.has(word) && !english.small.includes(word));
  if (stranger) return { problem: "unknown", word: stranger };
  const number = valueOf(words, english.small, sizes);
  // Lenient until here: spelled again, only what is one number comes out as it went in.
  const same = cut(spell(number, english)).join(" ") === words.join(" ");
  return same ? { number } : { problem: "order", word: typed.trim() };
}

function valueOf(words, small, sizes) {
  let [whole, group] = [0, 0]; // hundreds belong to a group, which thousand or million closes
  for (const word of words) {
    const size = sizes.get(word);
    if (size === undefined) group += small.indexOf(word);
    else if (size === 100) group *= size;
    else [whole, group] = [whole + group * size, 0];
  }
  return whole + group;
}
