/* What can be compared: counts by month, names, and from these the values of periods. */
const compareData = (() => {
  const block = JSON.parse(document.getElementById("data").textContent);
  const KINDS = ["concept", "source", "theme", "keyword"];
  const MONTHS = { month: 1, quarter: 3, year: 12 };

  /* As trend() folds a name: case, kinds of dashes, and dashes between words do not matter. */
  const folded = (name) =>
    name.normalize("NFC").toLowerCase()
      .replace(/[‐‑‒–—―−]/g, "-")
      .replace(/(\p{L}{2})-(?=\p{L}{2})/gu, "$1 ")
      .replace(/\s+/g, " ").trim();

  /* As a person types it: accents do not matter either. */
  const typed = (name) => folded(name).normalize("NFD").replace(/\p{M}/gu, "");

  const wordsOf = (text) => typed(text).split(/[^\p{L}\p{N}+#]+/u).filter(Boolean);

  const entries = [];
  for (const kind of KINDS) {
    for (const given of block.topics[kind]) {
      const sameAs = typeof given === "number" ? entries[given] : null;
      const [name, pairs, others = [], page = ""] = sameAs ? sameAs.given : given;
      const total = pairs.reduce((sum, one, i) => (i % 2 ? sum + one : sum), 0);
      entries.push({ kind, name, others, pairs, total, given, isSame: sameAs !== null, page: sameAs ? "" : page });
    }
  }

  /* The cards of each month. */
  const countsOf = ({ pairs }) => {
    const counts = new Array(block.months.length).fill(0);
    let month = -1;
    for (let i = 0; i < pairs.length; i += 2) {
      month += pairs[i];
      counts[month] = pairs[i + 1];
    }
    return counts;
  };

  /* The ends of the Wilson interval of x / n; 0 and 1 without cards. */
  const wilson = (x, n, z) => {
    if (n === 0) return [0, 1];
    const middle = x + (z * z) / 2;
    const half = z * Math.sqrt((x * (n - x)) / n + (z * z) / 4);
    return [Math.max(0, (middle - half) / (n + z * z)), Math.min(1, (middle + half) / (n + z * z))];
  };

  /* The month with which a period begins: 2024-04 for 2024-05 by quarter. */
  const startOf = (month, grain) => {
    const first = Math.floor((Number(month.slice(5)) - 1) / MONTHS[grain]) * MONTHS[grain] + 1;
    return `${month.slice(0, 5)}${String(first).padStart(2, "0")}`;
  };

  /* The month with which a period ends. */
  const endOf = (start, grain) =>
    `${start.slice(0, 5)}${String(Number(start.slice(5)) + MONTHS[grain] - 1).padStart(2, "0")}`;

  const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  const labelOf = (start, grain) => {
    const year = start.slice(0, 4);
    const month = Number(start.slice(5));
    if (grain === "year") return year;
    return grain === "quarter" ? `${year}\u00a0Q${(month + 2) / 3}` : `${NAMES[month - 1]}\u00a0${year}`;
  };

  /* The periods of which some month is between two, each with the numbers of its months. */
  const periods = (grain, from, to) => {
    const found = new Map();
    block.months.forEach((month, no) => {
      const start = startOf(month, grain);
      const end = endOf(start, grain);
      if ((from && end < from) || (to && start > to)) return;
      if (!found.has(start)) {
        const isPartial = block.partial[grain].includes(start);
        found.set(start, { start, end, label: labelOf(start, grain), isPartial, months: [] });
      }
      found.get(start).months.push(no);
    });
    return [...found.values()];
  };

  const sum = (counts, months) => months.reduce((total, no) => total + counts[no], 0);

  /* The values of a topic or source in some periods; without cards there is no share. */
  const values = (entry, shown) => {
    const counts = countsOf(entry);
    return shown.map((period) => {
      const x = sum(counts, period.months);
      const n = sum(block.cards[entry.kind], period.months);
      const [low, high] = wilson(x, n, block.z);
      return n ? { x, n, share: x / n, low, high } : { x, n, share: null, low: null, high: null };
    });
  };

  /* What a name in the address or in the field means: its kind, where that stands first, and the rest. */
  const split = (text) => {
    const found = /^(concept|keyword|theme|source):(.*)$/is.exec(text.trim());
    return found ? [found[1].toLowerCase(), found[2].trim()] : ["", text.trim()];
  };

  /* The topic with a name; a name that is written so goes before one that differs in case or dashes. */
  const named = (text) => {
    const [kind, name] = split(text);
    const own = entries.filter((entry) => entry.kind === (kind || "concept"));
    const asked = folded(name);
    return own.find((entry) => entry.name === name)
      || own.find((entry) => folded(entry.name) === asked)
      || own.find((entry) => entry.others.includes(asked))
      || (kind ? null : entries.find((entry) => entry.kind === "source" && entry.name === asked) || null);
  };

  /* The name of a topic as it stands in the address. */
  const tokenOf = (entry) =>
    entry.kind === "concept" && !split(entry.name)[0] ? entry.name : `${entry.kind}:${entry.name}`;

  let index = null;
  const indexed = () => {
    index ??= entries.map((entry) => ({
      entry,
      names: [entry.name, ...entry.others].map((name) => ({ name, text: typed(name), words: wordsOf(name) })),
    }));
    return index;
  };

  /* 0 where all words stand in a name whole, 1 where they begin words, 2 where they stand anywhere. */
  const match = (asked, text, words) => {
    if (asked.every((word) => words.includes(word))) return 0;
    if (asked.every((word) => words.some((own) => own.startsWith(word)))) return 1;
    return asked.every((word) => text.includes(word)) ? 2 : 3;
  };

  /* What fits the words that somebody types: whole words first, then beginnings; each with the name that fits. */
  const suggestions = (text, limit) => {
    const [kind, rest] = split(text);
    const asked = wordsOf(rest);
    if (!asked.length) return [];
    const found = [];
    for (const { entry, names } of indexed()) {
      if (kind ? entry.kind !== kind : entry.isSame) continue;
      let best = 3;
      let by = "";
      for (const { name, text: own, words } of names) {
        const rank = match(asked, own, words);
        if (rank < best) [best, by] = [rank, name];
      }
      // A name that says no more than what was typed goes first.
      const isWhole = best === 0 && wordsOf(by).length === asked.length ? 0 : 1;
      if (best < 3) found.push({ entry, by, order: [best, isWhole, KINDS.indexOf(entry.kind), -entry.total] });
    }
    const compared = (a, b) => a.order.map((one, i) => one - b.order[i]).find((one) => one) || 0;
    return found.sort(compared).slice(0, limit);
  };

  /* How many letters have to be changed to make one text of the other. */
  const distance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= b.length; j += 1) {
        next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return row[b.length];
  };

  /* What part of the letters may differ where a name is meant that is not written so. */
  const FAR = 0.4;

  /* Topics or sources whose names have the words of one that is not known, then those that look much like it. */
  const nearest = (text, limit, isMeant) => {
    const [kind, rest] = split(text);
    // Each keyword and theme is of a concept, which is found by its name.
    const fits = (entry) => isMeant(entry) && (kind ? entry.kind === kind : ["concept", "source"].includes(entry.kind));
    const close = suggestions(text, Infinity).map(({ entry }) => entry).filter(fits).slice(0, limit);
    const asked = typed(rest).slice(0, 60);
    const found = indexed()
      .filter(({ entry }) => fits(entry) && !close.includes(entry))
      .map(({ entry, names }) => ({
        entry,
        far: Math.min(...names.map(({ text: own }) => {
          const start = own.slice(0, 60);
          return distance(asked, start) / Math.max(asked.length, start.length, 1);
        })),
      }))
      .filter(({ far }) => far <= FAR);
    found.sort((a, b) => a.far - b.far || b.entry.total - a.entry.total);
    return [...close, ...found.map(({ entry }) => entry)].slice(0, limit);
  };

  /* A number with so many digits; a half goes to the even one, as on the other pages. */
  const fixed = (value, digits) => {
    const isHalf = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
    if (!isHalf) return value.toFixed(digits);
    const lower = Math.floor(value * 10 ** digits);
    return ((lower % 2 ? lower + 1 : lower) / 10 ** digits).toFixed(digits);
  };

  const number = (value) => value.toLocaleString("en");
  const hundredth = (share) => fixed(100 * share, 100 * share < 9.95 ? 1 : 0).replace(/\.0$/, "");
  const percent = (share) => (share === null ? "–" : `${hundredth(share)}\u00a0%`);

  /* A value in full: 12 of 74, 16 % (10 to 26). */
  const inFull = (value) =>
    value.n
      ? `${number(value.x)} of ${number(value.n)}, ${percent(value.share)} `
        + `(${hundredth(value.low)} to ${hundredth(value.high)})`
      : "–";

  return {
    ...{ block, entries, periods, values, startOf, endOf, split, named, tokenOf, suggestions, nearest },
    ...{ wilson, number, percent, inFull },
    first: block.first.map((no) => entries[no]),
  };
})();
