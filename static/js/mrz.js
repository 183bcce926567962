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

/** The lines without spaces, in capitals; one pasted line of 88 becomes two. */
export function linesOf(text) {
  const lines = text
    .toUpperCase()
    .replaceAll("«", "<<")
    .split(/\r?\n/)
    .map((line) => line.replace(/\s+/g, ""))
    .filter(Boolean);
  return lines.length === 1 && lines[0].length === 2 * LENGTH
    ? [lines[0].slice(0, LENGTH), lines[0].slice(LENGTH)]
    : lines;
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

/** Whether the zone may write `name` as `printed`; true where this cannot be told here (another script). */
export function mayBe(name, printed, letters) {
  const words = name
    .toUpperCase()
    .replace(/['’‘ʼ`´.·]/g, "")
    .replace(/[-‐-―,/]/g, " ")
    .split(/\s+/)
    .filter(Boolean);
  const patterns = words.map((word) =>
    [...word.normalize("NFC")]
      .map((letter) => {
        const plain = letter.normalize("NFD")[0];
        return letters[letter] ? `(?:${letters[letter].join("|")})` : plain;
      })
      .join(""),
  );
  if (patterns.some((pattern) => /[^A-Z(?:|)]/.test(pattern))) {
    return true;
  }
  return new RegExp(`^${patterns.join(" ")}$`).test(printed);
}

const spaced = (text) => text.replaceAll("<", " ").trim().replace(/ +/g, " ");
const country = (code) => ({ D: "DEU" })[code.replace(/<+$/, "")] ?? code.replace(/<+$/, "");

/** Names of the form's fields that the zone contradicts. An empty field contradicts nothing yet. */
export function differences([first, second], form, letters) {
  const value = (name) => form.elements[name]?.value?.trim() ?? "";
  const [surnames, givenNames = ""] = first.slice(5).split(/<<(.*)/s);
  const cut = !first.endsWith("<");
  const short = (date) => date.replaceAll("-", "").slice(2);
  const sex = second[20] === "<" ? "X" : second[20];
  const issuer = value("issuing_country") || value("nationality");
  const pairs = {
    passport_number: [
      value("passport_number")
        .toUpperCase()
        .replace(/[^A-Z0-9]/g, ""),
      second.slice(0, 9).replace(/<+$/, ""),
    ],
    passport_expiry: [short(value("passport_expiry")), second.slice(21, 27)],
    date_of_birth: [short(value("date_of_birth")), second.slice(13, 19)],
    sex: [value("sex"), sex],
    nationality: [value("nationality"), country(second.slice(10, 13))],
    issuing_country: [issuer, country(first.slice(2, 5))],
  };
  const found = Object.keys(pairs).filter((name) => pairs[name][0] && pairs[name][0] !== pairs[name][1]);
  if (!cut) {
    const lone = !value("surnames");
    const given = lone ? "" : value("given_names");
    const names = {
      surnames: [lone ? value("given_names") : value("surnames"), surnames],
      given_names: [given, givenNames],
    };
    for (const [name, [typed, printed]] of Object.entries(names)) {
      if (
        (typed || (name === "given_names" && value("surnames"))) &&
        !mayBe(typed, spaced(printed), letters)
      ) {
        found.push(name);
      }
    }
  }
  return found;
}

/** Keeps the list under the field, and the notes beside the other fields, as the lines say. */
function follow(input) {
  const form = input.form;
  const box = form.querySelector("[data-zone-check]");
  const list = box.querySelector("ul");
  const letters = JSON.parse(input.dataset.letters);
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
  const look = () => {
    const lines = linesOf(input.value);
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
    say(wrong.length ? wrong.map((name) => [words[name], "bad"]) : [[words.good, "good"]]);
    note(wrong.length ? [] : differences(lines, form, letters));
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  if (input.value) {
    look();
  }
}

if (typeof document !== "undefined") {
  const start = () => document.querySelectorAll("textarea[data-zone]").forEach(follow);
  document.addEventListener("form-shown", start);
  start();
}
