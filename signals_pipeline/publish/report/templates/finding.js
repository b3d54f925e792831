/* The texts of the page, and which of them say most of some words: what the macro search() of the published
   database does, so that both give the same texts in the same order. Only quotes are of the page alone.
   Nothing here touches the page. */
const Finding = (() => {
  /* Why a card is not counted whose article has another card that is. */
  const DUPLICATES = ["duplicate-article", "older-version"];

  /* Characters that are shown before the first word of a text. */
  const LEAD = 60;

  /* Words that are looked for at once. */
  const MOST_WORDS = 50;
  /* Letters of a word with which the name of a topic may begin. */
  const LIKE = 4;

  /* Topics that are compared by their cards where a word begins names of many. */
  const MOST_LIKE = 50;

  const unpacked = async (block) => {
    const packed = atob(block);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };

  const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

  /* Lower case without accents. A capital sigma has one small letter here, as in the database. */
  const fold = (text) => {
    const lower = text.replace(/Σ/g, "σ").toLowerCase();
    return lower.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
  };

  const length = (text) => (/[\ud800-\udbff]/.test(text) ? [...text].length : text.length);

  const part = (text, start, size) => {
    const characters = /[\ud800-\udbff]/.test(text) ? [...text] : null;
    return characters ? characters.slice(start, start + size).join("") : text.slice(start, start + size);
  };

  /* What is a word, and how words are compared, as the database says it. */
  const rulesOf = ({ word, endings, functionWords }) => {
    const pattern = new RegExp(word, "gu");
    const ends = endings.map(([end, instead]) => [new RegExp(end, "u"), `$1${instead}`]);
    const written = (folded) => folded.match(pattern) ?? [];
    const singular = (one) => ends.reduce((left, [end, instead]) => left.replace(end, instead), one);
    return { written, singular, wordsOf: (folded) => written(folded).map(singular), functionWords };
  };

  /* The y that is ie in other forms of a word. */
  const LAST_Y = /(..)y$/u;

  /* How a word may stand in a text: what it starts with, and the ends of it that are compared alike. */
  const formsOf = (one, { singular }) => {
    const stem = one.replace(LAST_Y, "$1");
    const ends = stem === one ? ["", "s"] : ["y", "ys", "ie", "ies"];
    const isOpen = !isSmall(one.charCodeAt(one.length - 1));
    return { stem, isOpen, ends: ends.filter((end) => singular(stem + end) === one) };
  };

  const isSmall = (code) => (code > 47 && code < 58) || (code > 96 && code < 123);

  /* How often a word stands in a text in any of its forms, and not within a word of small letters and digits. */
  const standing = (folded, { stem, isOpen, ends }) => {
    const isEnd = (place) => isOpen || !isSmall(folded.charCodeAt(place));
    let n = 0;
    for (let at = folded.indexOf(stem); at >= 0; at = folded.indexOf(stem, at + 1)) {
      if (isSmall(folded.charCodeAt(at - 1))) continue;
      const rest = at + stem.length;
      if (ends.some((end) => folded.startsWith(end, rest) && isEnd(rest + end.length))) n += 1;
    }
    return n;
  };

  /* Whether a word of a text begins so. */
  const begins = (folded, start) => {
    let at = folded.indexOf(start);
    while (at > 0 && isSmall(folded.charCodeAt(at - 1))) at = folded.indexOf(start, at + 1);
    return at >= 0;
  };

  /* How often each of some words stands in a text, or null where none does. Taking a text apart is exact and
     slow: it is done only in texts that seem to hold a word, and only where a character of theirs is not
     ASCII or a word is one such as C# or .NET. */
  const counter = (words, rules) => {
    const forms = words.map((one) => formsOf(one, rules));
    const arePlain = words.every((one) => /^[a-z0-9]{2,}$/.test(one) && one !== "net");
    return ({ folded, isPlain }) => {
      const counts = forms.map((one) => standing(folded, one));
      if (!counts.some(Boolean)) return null;
      if (arePlain && isPlain) return counts;
      const parts = rules.wordsOf(folded);
      const exact = words.map((one) => parts.filter((part) => part === one).length);
      return exact.some(Boolean) ? exact : null;
    };
  };

  /* What is looked through of a text: its parts that are there, as search() puts them together. */
  const wholeOf = ({ said }) => {
    let whole = null;
    for (const part of said) if (part !== null) whole = whole === null ? part : `${whole} ${part}`;
    return whole ?? "";
  };

  /* The rows of a table that comes column by column. */
  const rowsOf = (columns) => columns[0].map((_, no) => columns.map((column) => column[no]));

  /* Texts as records, those of the newest cards first; each knows its card. They are folded when some
     word may be in them: most never are. */
  const read = (about, spans) => {
    const issues = about.issues.map(([key, date, name, page]) => ({ key, date, name, page }));
    const issueOf = new Map(issues.map((issue) => [issue.key, issue]));
    const numberOf = new Map(about.concepts.map(([id], no) => [id, no]));
    const texts = [];
    const hosts = new Set();
    for (const span of spans) {
      const cards = rowsOf(span.cards).map(([id, issue, source, reason, path, place, url, host]) => ({
        id, issue: issueOf.get(issue), source, path, place, url, host, title: null,
        isDuplicate: DUPLICATES.includes(reason), notCounted: about.notCounted[reason], signals: [],
        concerns: [], concepts: [],
      }));
      for (const { host, source } of cards) for (const name of [host, source]) if (name) hosts.add(name);
      const [ofCard, section, rowNo, line, relevancy, due, isDueByColumn, concepts, ...parts] = span.texts;
      const numbers = span.concepts.map((id) => numberOf.get(id));
      for (let no = 0; no < ofCard.length; no++) {
        const card = cards[ofCard[no]];
        const text = {
          card, section: about.sections[section[no]], rowNo: rowNo[no], line: line[no],
          relevancy: relevancy[no], due: due[no], isDueByColumn: isDueByColumn[no],
          concepts: concepts[no].map((one) => numbers[one]),
          said: parts.map((part) => part[no]),
          isPlain: false, folded: null, length: 0,
        };
        texts.push(text);
        if (text.section === "card") Object.assign(card, { title: text.said[0], concepts: text.concepts });
        if (text.section === "signals") card.signals.push(text);
        if (text.section === "concerns") card.concerns.push(text);
      }
    }
    return {
      issues, texts, sources: [...hosts].sort(), concepts: about.concepts.map(([, ...names]) => names), named: null,
      rules: rulesOf(about),
      dues: [...new Set(texts.map(({ due }) => due))].filter(Boolean).sort(), meanLength: about.meanLength,
    };
  };

  const foldedOf = (text) => {
    if (text.folded === null) {
      const whole = wholeOf(text);
      text.isPlain = isAscii(whole);
      text.folded = text.isPlain ? whole.toLowerCase() : fold(whole);
      text.length = text.isPlain ? whole.length : length(whole);
    }
    return text;
  };

  /* Whether a text may hold some of the words: one beyond ASCII has to be folded to know. */
  const mayHold = (words) => {
    const any = words.map((word) => word.replace(LAST_Y, "$1").replace(/[.+]/g, "\\$&")).join("|");
    const pattern = new RegExp(`[^\\0-\\x7f]|${any}`, "i");
    return ({ said }) => said.some((part) => part !== null && pattern.test(part));
  };

  /* The number of the concept that has a name: as it is called itself before its other names. */
  const conceptOf = (corpus, asked) => {
    const name = fold(asked.trim());
    const same = corpus.concepts.findIndex(([concept]) => concept === asked.trim());
    const own = same >= 0 ? same : corpus.concepts.findIndex(([concept]) => fold(concept) === name);
    return own >= 0 ? own : corpus.concepts.findIndex(([, names]) => names.some((one) => fold(one) === name));
  };

  /* Concepts with a name that starts as each of these words does: what may have been meant. */
  const conceptsLike = (corpus, asked, n) => {
    const starts = fold(asked).split(/\s+/).filter(Boolean);
    const fits = (name) => {
      const words = fold(name).split(/[^\p{L}\p{N}]+/u);
      return starts.every((start) => words.some((word) => word.startsWith(start)));
    };
    const found = corpus.concepts.filter(([concept, names]) => fits(concept) || names.some(fits));
    return found.slice(0, n).map(([concept]) => concept);
  };

  /* The counted cards on which topics stand, all of them together. */
  const cardsWith = (corpus, topics) => {
    const numbers = topics.map((topic) => conceptOf(corpus, topic));
    const articles = corpus.texts.filter(({ section, card }) =>
      section === "card" && !card.notCounted && numbers.every((one) => card.concepts.includes(one)));
    return articles.map(({ card }) => card);
  };

  /* The other topics of the one counted card with a topic; null where it stands on more, or on none. */
  const besides = (corpus, topic) => {
    const cards = cardsWith(corpus, [topic]);
    if (cards.length !== 1) return null;
    const others = cards[0].concepts.filter((one) => one !== conceptOf(corpus, topic));
    return others.sort((a, b) => a - b).map((one) => corpus.concepts[one][0]);
  };

  /* A name of a topic as the words of a question are compared with it. */
  const keyOf = (words, { singular }) => words.map(singular).join(" ");

  /* The topics that words of a question name, in their order: of each run of words the longest that is a name. Of
     a word beside them, the topic on most cards that has a word which begins so is alike. */
  const conceptsIn = (corpus, written) => {
    const { rules } = corpus;
    if (corpus.named === null) {
      corpus.named = new Map();
      const add = (name, no) => {
        const key = keyOf(rules.written(fold(name)), rules);
        if (!corpus.named.has(key)) corpus.named.set(key, no);
      };
      corpus.concepts.forEach(([concept], no) => add(concept, no));
      corpus.concepts.forEach(([, names], no) => names.forEach((name) => add(name, no)));
    }
    const found = new Set();
    const alike = new Set();
    for (let at = 0; at < written.length;) {
      let size = written.length - at;
      while (size > 0 && !corpus.named.has(keyOf(written.slice(at, at + size), rules))) size -= 1;
      if (size > 0) found.add(corpus.concepts[corpus.named.get(keyOf(written.slice(at, at + size), rules))][0]);
      else if (length(written[at]) >= LIKE) {
        const like = conceptsLike(corpus, written[at], MOST_LIKE).map((one) => [cardsWith(corpus, [one]).length, one]);
        if (like.length) alike.add(like.reduce((most, one) => (one[0] > most[0] ? one : most))[1]);
      }
      at += Math.max(size, 1);
    }
    return { named: [...found], alike: [...alike].filter((one) => !found.has(one)) };
  };

  /* Which cards are of a source: those with this domain or host, or else those with a part of one; null where
     none is. */
  const ofSource = (corpus, asked) => {
    const isSame = corpus.sources.includes(asked);
    if (!isSame && !corpus.sources.some((name) => name.includes(asked))) return null;
    return ({ source, host }) =>
      [source, host].some((name) => name !== null && (isSame ? name === asked : name.includes(asked)));
  };

  /* How many letters are left out, put in or replaced to make one word another. */
  const distance = (one, other) => {
    let last = [...Array(other.length + 1).keys()];
    for (let at = 1; at <= one.length; at++) {
      const row = [at];
      for (let no = 1; no <= other.length; no++) {
        const replaced = last[no - 1] + (one[at - 1] === other[no - 1] ? 0 : 1);
        row.push(Math.min(replaced, last[no] + 1, row[no - 1] + 1));
      }
      last = row;
    }
    return last[other.length];
  };

  /* Words of the texts, as they are written, that begin as one does that is in none of them: those that differ
     least first, and then those of most texts. */
  const wordsLike = ({ texts, rules }, word, n) => {
    const starts = [5, 4, 3].map((size) => word.slice(0, size)).filter((start) => start.length >= 3);
    const start = starts.find((one) => texts.some((text) => begins(foldedOf(text).folded, one)));
    if (!start) return [];
    const found = new Map();
    for (const text of texts) {
      const { folded } = foldedOf(text);
      if (!folded.includes(start)) continue;
      const forms = rules.written(folded).filter((form) => form.startsWith(start));
      for (const [one, form] of new Map(forms.map((form) => [rules.singular(form), form]))) {
        found.set(one, { form, nTexts: (found.get(one)?.nTexts ?? 0) + 1 });
      }
    }
    const like = [...found].map(([one, of]) => ({ ...of, far: distance(rules.singular(word), one) }));
    like.sort((a, b) => a.far - b.far || b.nTexts - a.nTexts || earlier(a.form, b.form));
    return like.slice(0, n).map(({ form }) => form);
  };

  /* The words of each part of a question that stands in quotes. */
  const phrasesOf = (asked, { wordsOf }) =>
    [...fold(asked).matchAll(/["“”„«»]([^"“”„«»]+)["“”„«»]/g)].map(([, phrase]) => wordsOf(phrase));

  const isSaid = (phrase, words) =>
    words.some((_, at) => phrase.every((one, no) => words[at + no] === one));

  const later = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? 1 : -1);
  const earlier = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const inOrder = (a, b) =>
    later(a.text.card.issue.date, b.text.card.issue.date) || earlier(a.text.card.id, b.text.card.id) ||
    earlier(a.text.section, b.text.section) || a.text.line - b.text.line;

  /* The texts that hold all of the words and pass the filters, best first, or where some are asked for, or none
     holds all, those that hold some; without words, all that pass them, most relevant first.

     A text has a topic where it speaks of it and is of a card with it. If asked, either is enough: that it speaks
     of it, or is of such a card. With two topics it speaks of one, and the other may be of its card alone.

     `nWhole` texts have all of the words and `nMore` some; `holds` says what part of them a text has, by their
     weight, `missing` which words that are looked for, as they are `written`, are in no text, and `nAnywhere`
     how many texts have some of the words, whatever the filters. A name in `unknown` is that of a filter that
     nothing fits. */
  const find = (corpus, asked) => {
    const { rules } = corpus;
    const written = [...new Set(rules.written(fold(asked.words)))].slice(0, MOST_WORDS);
    const meant = written.filter((word) => !rules.functionWords.includes(word));
    const looked = meant.length ? meant : written;
    const words = [...new Set(looked.map(rules.singular))];
    const topics = ["concept", "with"].filter((name) => asked[name]);
    const numbers = topics.map((name) => conceptOf(corpus, asked[name]));
    const isOfSource = asked.source ? ofSource(corpus, asked.source) : () => true;
    const unknown = topics.filter((_, no) => numbers[no] === -1).concat(isOfSource ? [] : ["source"]);
    const speaks = ({ card, concepts }) =>
      numbers.every((one) => card.concepts.includes(one) || (asked.on === "text" && concepts.includes(one))) &&
      (asked.on === "card" || numbers.some((one) => concepts.includes(one)));
    const isDue = (due) => (asked.due === "any" ? due !== null : due === Number(asked.due));
    // Articles have no rating, whatever is asked for.
    const isRelevant = ({ section, relevancy }) =>
      (relevancy === null ? asked.unrated && section !== "card" : relevancy >= asked.relevancy);
    const passes = (text) =>
      (!asked.section || text.section === asked.section) &&
      (!asked.issue || text.card.issue.key === asked.issue) &&
      (!asked.relevancy || isRelevant(text)) &&
      (!asked.due || isDue(text.due)) &&
      (!asked.since || (text.card.issue.date !== null && text.card.issue.date >= asked.since)) &&
      (!asked.until || (text.card.issue.date !== null && text.card.issue.date <= asked.until)) &&
      isOfSource !== null && isOfSource(text.card) && (!numbers.length || speaks(text));
    if (!asked.words.trim()) {
      const hits = corpus.texts.filter(passes).map((text) => ({ text, score: 0, holds: 1 }));
      hits.sort((a, b) => (b.text.relevancy ?? -1) - (a.text.relevancy ?? -1) || inOrder(a, b));
      const all = { nWhole: hits.length, nMore: 0, nAnywhere: corpus.texts.length };
      return { words, unknown, hits, written, missing: [], ...all };
    }
    const phrases = phrasesOf(asked.words, rules);
    const found = [];
    const texts = words.map(() => 0);
    const counted = counter(words, rules);
    const isWorthALook = mayHold(words);
    for (const text of corpus.texts) {
      if (!isWorthALook(text)) continue;
      const counts = counted(foldedOf(text));
      if (!counts) continue;
      counts.forEach((n, no) => { texts[no] += n > 0; });
      found.push([text, counts]);
    }
    const weights = texts.map((n) => Math.log(1 + (corpus.texts.length - n + 0.5) / (n + 0.5)));
    const most = weights.reduce((sum, weight) => sum + weight, 0);
    const some = [];
    for (const [text, counts] of found) {
      if (!passes(text)) continue;
      if (phrases.length) {
        const said = rules.wordsOf(text.folded);
        if (!phrases.every((phrase) => isSaid(phrase, said))) continue;
      }
      let score = 0;
      let held = 0;
      counts.forEach((n, no) => {
        if (!n) return;
        score += weights[no] * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * text.length / corpus.meanLength));
        held += weights[no];
      });
      // As in search(): a sum depends on its order.
      score = Math.round(score * 1e9) / 1e9;
      some.push({ text, counts, score, holds: counts.every(Boolean) ? 1 : held / most });
    }
    some.sort((a, b) => b.score - a.score || inOrder(a, b));
    const whole = some.filter(({ holds }) => holds === 1);
    const missing = looked.filter((word) => !texts[words.indexOf(rules.singular(word))]);
    return {
      words, unknown, written, missing, hits: asked.some || !whole.length ? some : whole,
      nWhole: whole.length, nMore: some.length - whole.length, nAnywhere: found.length,
    };
  };

  /* So many characters of a text, from a little before the first of some words on where it is longer: pieces
     of it, and whether each is such a word. */
  const quoted = (text, words, { wordsOf }, size) => {
    const folded = fold(text);
    const forms = words.flatMap((one) => [one, one.replace(LAST_Y, "$1ie")]);
    const places = forms.map((one) => folded.indexOf(one)).filter((place) => place >= 0);
    const before = length(folded.slice(0, Math.min(...places, folded.length)));
    const from = length(text) <= size || !places.length ? 0 : Math.max(0, before - LEAD);
    const shown = part(text, from, size);
    const pieces = from > 0 ? [["…", false]] : [];
    let at = 0;
    for (const found of shown.matchAll(/\p{L}\p{M}*(?:#|\+\+)|\.net|[\p{L}\p{N}\p{M}]+/giu)) {
      if (!wordsOf(fold(found[0])).some((one) => words.includes(one))) continue;
      pieces.push([shown.slice(at, found.index), false], [found[0], true]);
      at = found.index + found[0].length;
    }
    pieces.push([shown.slice(at), false]);
    if (from + size < length(text)) pieces.push(["…", false]);
    return pieces.filter(([piece]) => piece);
  };

  return { unpacked, read, find, conceptsIn, conceptsLike, cardsWith, besides, wordsLike, distance, quoted };
})();
