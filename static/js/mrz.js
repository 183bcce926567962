/*
 * The two lines of a passport while they are typed: length, check digits (ICAO Doc 9303 part 3: weights 7 3 1, modulo 10)
 * and what the other fields say differently. Help only: the server reads the lines again and has the last word.
 */
const LENGTH = 44;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const WEIGHTS = [7, 3, 1];

export function checkDigit(text) {
  let total = 0;
  [...text].forEach((character, position) => {
    total += (character === "<" ? 0 : ALPHABET.indexOf(character)) * WEIGHTS[position % 3];
  });
  return String(total % 10);
}

const plain = (line, { fillers }) =>
  [...line]
    .map((character) => fillers[character] ?? character)
    .join("")
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Cc}\p{Cf}\p{Mn}]+/gu, "");

const BOTH = /^(P[A-Z<].{3,}<)([A-Z0-9<]{9}[0-9<][A-Z<]{3}[0-9X<]{6}[0-9][MFX<][0-9<]{6}[0-9<].{12,20})$/;

/** How many fillers end the first line says nothing; those of the second are mended if its digits are right then. */
function mended([first, second]) {
  const bare = first.replace(/<+$/, "");
  const whole = first.endsWith("<") && bare.length > 5 ? bare.padEnd(LENGTH, "<") : first;
  const [, head, , tail] = second.match(/^(.{28}[A-Z0-9<]*?)(<+)([0-9]{1,2})$/) ?? [];
  if (second.length === LENGTH || head === undefined || head.length + tail.length > LENGTH) {
    return [whole, second];
  }
  const tried = head + "<".repeat(LENGTH - head.length - tail.length) + tail;
  return [whole, wrongDigits(tried).length ? second : tried];
}

/** The lines in capitals without what says nothing; both on one line become two. `tables` are those of the server. */
export function linesOf(text, tables) {
  const lines = text
    .replaceAll("&lt;", "<")
    .split(/\r?\n|\r|\u2028|\u2029/)
    .map((line) => plain(line, tables))
    .filter(Boolean);
  if (lines.length === 2) {
    return mended(lines);
  }
  const joined = lines.join("");
  if (joined.length === 2 * LENGTH) {
    return mended([joined.slice(0, LENGTH), joined.slice(LENGTH)]);
  }
  const both = joined.match(BOTH);
  return both ? mended(both.slice(1)) : lines;
}

/** The check digits that are wrong, by name. Where one field is wrong the digit over all of them is, too: it says nothing more. */
export function wrongDigits(second) {
  const optional = second.slice(28, 42);
  const expected = {
    number: [checkDigit(second.slice(0, 9)), second[9]],
    dateOfBirth: [checkDigit(second.slice(13, 19)), second[19]],
    expiresOn: [checkDigit(second.slice(21, 27)), second[27]],
    optional: [/^<+$/.test(optional) && second[42] === "<" ? "<" : checkDigit(optional), second[42]],
    composite: [checkDigit(second.slice(0, 10) + second.slice(13, 20) + second.slice(21, 43)), second[43]],
  };
  const wrong = Object.keys(expected).filter((name) => expected[name][0] !== expected[name][1]);
  return wrong.length > 1 ? wrong.filter((name) => name !== "composite") : wrong;
}

const bare = (word) => word.toUpperCase().replace(/\.$/, "");

/** Each letter of a name as the forms that may stand for it: with the titles before it, and without. */
function* waysOf(name, { letters, titles }) {
  const words = name.trim().split(/\s+/);
  while (words.length) {
    yield [...words.join("").replaceAll("´", "").normalize("NFKC").toUpperCase().normalize("NFC")]
      .filter((letter) => !/[\s\p{P}\p{S}\p{M}\p{Cf}\p{Lm}\u0241\u0242\u0294\uA78B\uA78C]/u.test(letter))
      .map((letter) => letters[letter] ?? [letter.normalize("NFD")[0]]);
    if (!titles.includes(bare(words.shift()))) {
      return;
    }
  }
}

/** Whether the zone may write `name` as `printed`, in whatever words, or begin with it where it is `cut`; true where this
 * cannot be told here (another script). */
export function mayBe(name, printed, tables, cut = false) {
  const text = printed.replaceAll("<", "");
  for (const way of waysOf(name, tables)) {
    if (way.flat().some((form) => /[^A-Z]/.test(form))) {
      return true;
    }
    let ends = new Set([0]);
    for (const forms of way) {
      const after = new Set();
      for (const end of ends) {
        const rest = text.slice(end);
        for (const form of forms) {
          if (cut && form.startsWith(rest)) {
            return true;
          }
          if (rest.startsWith(form)) {
            after.add(end + form.length);
          }
        }
      }
      ends = after;
    }
    if (ends.has(text.length)) {
      return true;
    }
  }
  return false;
}

const country = (code, { countries }) => {
  const letters = code.replace(/<+$/, "");
  return countries[letters] ?? letters;
};

/** Which halves of the name the zone contradicts. Of one that may be cut, the first words count: the server looks further. */
function nameDifferences(first, surnames, givenNames, tables) {
  if (!(surnames || givenNames)) {
    return [];
  }
  const [printed, given = ""] = first.slice(5).split(/<<(.*)/s);
  const cut = !first.endsWith("<<") || (surnames + givenNames).length + 2 > first.length - 5;
  const [name, rest] = surnames ? [surnames, givenNames] : [givenNames, ""];
  const may = (typed, half) => mayBe(typed, cut ? half.split("<")[0] : half, tables, cut);
  if (!printed || !given.replaceAll("<", "")) {
    // one half only: the state could not part the name, or there is but one
    const whole = printed || given;
    if (may(`${name} ${rest}`, whole) || may(`${rest} ${name}`, whole)) {
      return [];
    }
  }
  return [...(may(name, printed) ? [] : ["surnames"]), ...(may(rest, given) ? [] : ["given_names"])];
}

/** Whether the zone may print this day of birth, parts of which it may leave unknown. */
function mayBeBorn(day, printed) {
  const unknown = [["<<", "XX"], ...Array(2).fill(["<<", "XX", "00"])];
  return unknown.every((signs, part) => {
    const said = printed.slice(2 * part, 2 * part + 2);
    return said === day.slice(2 * part, 2 * part + 2) || signs.includes(said);
  });
}

/** Names of the form's fields that the zone contradicts. An empty field contradicts nothing yet. */
export function differences([first, second], form, tables) {
  const value = (name) => form.elements[name]?.value?.trim() ?? "";
  const short = (name) => {
    const [year, month, day] = ["year", "month", "day"].map((part) => value(`${name}_${part}`));
    const whole = /^\d{4} \d\d? \d\d?$/.test(`${year} ${month} ${day}`); // a month's name is left to the server
    return whole ? year.slice(2) + month.padStart(2, "0") + day.padStart(2, "0") : "";
  };
  const sex = second[20] === "<" ? "X" : second[20];
  const issuer = value("issuing_country") || value("nationality");
  const pairs = {
    passport_number: [
      value("passport_number")
        .toUpperCase()
        .replace(/[^A-Z0-9]/g, ""),
      second.slice(0, 9).replaceAll("<", ""),
    ],
    passport_expiry: [/[0-9]/.test(second.slice(21, 27)) && short("passport_expiry"), second.slice(21, 27)],
    sex: [value("sex"), sex],
    nationality: [value("nationality"), country(second.slice(10, 13), tables)],
    issuing_country: [issuer, country(first.slice(2, 5), tables)],
  };
  const found = Object.keys(pairs).filter((name) => pairs[name][0] && pairs[name][0] !== pairs[name][1]);
  const born = short("date_of_birth");
  if (born && !mayBeBorn(born, second.slice(13, 19))) {
    found.push("date_of_birth");
  }
  return [...found, ...nameDifferences(first, value("surnames"), value("given_names"), tables)];
}

/** Has the portal say what the lines give for the other fields; the event "passport-read" brings it to fill.js. */
async function read(input) {
  const { form } = input;
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "form_key", input.name]) {
    body.append(name, form.elements[name].value);
  }
  body.append("purpose", "read");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Requested-With": "fetch" },
    });
    if (answer.ok) {
      const detail = { ...(await answer.json()), sent: body };
      form.dispatchEvent(new CustomEvent("passport-read", { detail }));
    }
  } catch {
    // Without a connection everything is typed.
  }
}

/** Keeps the list under the field, and the notes beside the other fields, as the lines say. */
function follow(input) {
  const form = input.form;
  const box = form.querySelector("[data-zone-check]");
  const list = box.querySelector("ul");
  const tables = JSON.parse(input.dataset.tables);
  const words = box.dataset;
  const told = new Map(
    Object.keys(words)
      .filter((key) => key.startsWith("differs"))
      .map((key) => [key.slice("differs".length).toLowerCase(), words[key]]),
  );

  const say = (items) => {
    const text = items.map(([sentence]) => sentence).join("|");
    if (list.dataset.said !== text) {
      list.dataset.said = text;
      list.replaceChildren(
        ...items.map(([sentence, kind]) => {
          const item = document.createElement("li");
          item.className = `zone-${kind}`;
          item.textContent = sentence;
          return item;
        }),
      );
    }
    box.hidden = items.length === 0;
  };
  const note = (names) => {
    told.forEach((sentence, name) => {
      const line = form.querySelector(`[data-warning-for="${name}"]`);
      if (line && names.includes(name)) {
        line.textContent = sentence;
      } else if (line?.textContent === sentence) {
        line.textContent = ""; // what else the server says there stays
      }
    });
  };
  let asked = ""; // the lines that were read last
  const look = () => {
    const lines = linesOf(input.value, tables);
    const problems = [];
    lines.slice(0, 2).forEach((line, index) => {
      if (/[^A-Z0-9<]/.test(line)) {
        problems.push([words.characters.replace("[line]", index + 1), "bad"]);
      } else if (line.length !== LENGTH) {
        problems.push([words.length.replace("[line]", index + 1).replace("[count]", line.length), "open"]);
      }
    });
    if (lines.length && lines[0][0] !== "P") {
      problems.push([words.first, "bad"]);
    }
    if (lines.length === 1 || lines.length > 2) {
      problems.push([words.two, "open"]);
    }
    if (lines.length === 0 || problems.length) {
      say(problems);
      note([]);
      return;
    }
    const wrong = wrongDigits(lines[1]);
    if (!wrong.length && form.elements.form_key && asked !== lines.join()) {
      asked = lines.join();
      read(input);
    }
    const found = wrong.length ? [] : differences(lines, form, tables);
    note(found);
    if (wrong.length) {
      say(wrong.map((name) => [words[name], "bad"]));
    } else if (found.length) {
      say([[words.but, "open"], ...found.map((name) => [told.get(name), "bad"])]);
    } else {
      say([[words.good, "good"]]);
    }
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  if (input.value) {
    asked = linesOf(input.value, tables).join(); // what came with the page has been read
    look();
  }
}

if (typeof document !== "undefined") {
  const start = () => document.querySelectorAll("textarea[data-zone]").forEach(follow);
  document.addEventListener("form-shown", start);
  start();
}
