/* The texts of the page, and which of them say most of some words: what the macro search() of the published
   database does, so that both give the same texts in the same order. Nothing here touches the page. */
const Finding = (() => {
  const unpacked = async (block) => {
    const packed = atob(block);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };

  /* Lower case without accents. A capital sigma has one small letter here, as in the database. */
  const fold = (text) => {
    if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
    const lower = text.replace(/Σ/g, "σ").toLowerCase();
    return lower.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
  };

  const length = (text) => (/[\ud800-\udbff]/.test(text) ? [...text].length : text.length);

  const part = (text, start, size) => {
    const characters = /[\ud800-\udbff]/.test(text) ? [...text] : null;
    return characters ? characters.slice(start, start + size).join("") : text.slice(start, start + size);
  };

  const singular = (word) => word.replace(/([^s]{3})s$/u, "$1");

  const wordsOf = (folded, word) => (folded.match(word) ?? []).map(singular);

  const isPlain = (code) => (code > 47 && code < 58) || (code > 96 && code < 123);

  /* Whether a text may hold a word: it stands there, and not within a word of plain letters and digits. It
     spares taking apart most texts in which "ai" is only a part of other words. */
  const mayHold = (folded, word) => {
    const isOpen = !isPlain(word.charCodeAt(word.length - 1));
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) {
      const end = at + word.length;
      const isEnd = (place) => isOpen || !isPlain(folded.charCodeAt(place));
      if (!isPlain(folded.charCodeAt(at - 1)) && (isEnd(end) || (folded[end] === "s" && isEnd(end + 1)))) return true;
    }
    return false;
  };

  /* Cards and statements as records of one kind, the cards of the newest year first. */
  const read = (about, years) => {
    const issues = about.issues.map(([key, date, name, page]) => ({ key, date, name, page }));
    const texts = [];
    for (const rows of years) {
      for (const [id, issue, source, reason, path, line, place, url, host, concepts, said, statements] of rows) {
        const card = {
          id, issue: issues[issue], source: about.sources[source] ?? null, path, place, url, host, title: said[0],
          isDuplicate: ["duplicate-article", "older-version"].includes(reason), notCounted: about.notCounted[reason],
          signals: [],
        };
        texts.push({ card, section: "card", rowNo: null, line, relevancy: null, concepts, said, name: said[0] });
        for (const [section, rowNo, at, relevancy, spoken, parts] of statements) {
          const text = {
            card, section: about.sections[section], rowNo, line: at, relevancy, concepts: spoken, said: parts,
            name: parts[0],
          };
          texts.push(text);
          if (text.section === "signals") card.signals.push(text);
        }
      }
    }
    let size = 0;
    for (const text of texts) {
      text.text = text.said.filter((one) => one !== null).join(" ");
      text.folded = fold(text.text);
      text.length = length(text.text);
      size += text.length;
    }
    return {
      issues, texts, sources: about.sources, concepts: about.concepts, meanLength: size / texts.length,
      word: new RegExp(about.word, "gu"),
    };
  };

  /* The number of the concept that has a name: as it is called itself before its other names. */
  const conceptOf = (corpus, asked) => {
    const name = fold(asked.trim());
    const own = corpus.concepts.findIndex(([concept]) => fold(concept) === name);
    return own >= 0 ? own : corpus.concepts.findIndex(([, names]) => names.some((one) => fold(one) === name));
  };

  /* Concepts of whose names one has all the words, or their beginnings: what may have been meant. */
  const conceptsLike = (corpus, asked, n) => {
    const starts = fold(asked).split(/\s+/).filter(Boolean).map((word) => new RegExp(`(^|\\W)${RegExp.escape?.(word) ?? word.replace(/\W/g, "\\$&")}`, "u"));
    const fits = (name) => starts.every((start) => start.test(fold(name)));
    return corpus.concepts.filter(([concept, names]) => fits(concept) || names.some(fits)).slice(0, n).map(([concept]) => concept);
  };

  const later = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? 1 : -1);
  const earlier = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const inOrder = (a, b) =>
    later(a.text.card.issue.date, b.text.card.issue.date) || earlier(a.text.card.id, b.text.card.id) ||
    earlier(a.text.section, b.text.section) || a.text.line - b.text.line;

  /* The texts that hold any of the words and pass the filters, best first; without words, all that pass them,
     most relevant first. `holds` says what part of the words a text has, by their weight. */
  const find = (corpus, asked) => {
    const words = [...new Set(wordsOf(fold(asked.words), corpus.word))];
    const concept = asked.concept ? conceptOf(corpus, asked.concept) : null;
    const passes = ({ card, section, relevancy, concepts }) =>
      (!asked.section || section === asked.section) &&
      (!asked.issue || card.issue.key === asked.issue) &&
      (!asked.source || card.source === asked.source) &&
      (!asked.relevancy || (relevancy !== null && relevancy >= asked.relevancy)) &&
      (!asked.since || (card.issue.date !== null && card.issue.date >= asked.since)) &&
      (!asked.until || (card.issue.date !== null && card.issue.date <= asked.until)) &&
      (concept === null || concepts.includes(concept));
    if (!asked.words.trim()) {
      const hits = corpus.texts.filter(passes).map((text) => ({ text, score: 0, holds: 1, starts: 0 }));
      hits.sort((a, b) => (b.text.relevancy ?? -1) - (a.text.relevancy ?? -1) || inOrder(a, b));
      return { words, concept, hits };
    }
    const found = [];
    const texts = words.map(() => 0);
    for (const text of corpus.texts) {
      if (!words.some((word) => mayHold(text.folded, word))) continue;
      const counts = words.map(() => 0);
      for (const word of wordsOf(text.folded, corpus.word)) {
        const no = words.indexOf(word);
        if (no >= 0) counts[no] += 1;
      }
      if (!counts.some(Boolean)) continue;
      counts.forEach((n, no) => { texts[no] += n > 0; });
      found.push([text, counts]);
    }
    const weights = texts.map((n) => Math.log(1 + (corpus.texts.length - n + 0.5) / (n + 0.5)));
    const most = weights.reduce((sum, weight) => sum + weight, 0);
    const hits = [];
    for (const [text, counts] of found) {
      if (!passes(text)) continue;
      let score = 0;
      let held = 0;
      counts.forEach((n, no) => {
        if (!n) return;
        score += weights[no] * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * text.length / corpus.meanLength));
        held += weights[no];
      });
      const isWhole = counts.every(Boolean);
      if (!asked.all || isWhole) hits.push({ text, counts, score, holds: isWhole ? 1 : held / most, isWhole });
    }
    hits.sort((a, b) => b.score - a.score || inOrder(a, b));
    return { words, concept, hits };
  };

  /* 160 characters of a hit from a little before its first word on, in pieces of which some are such words. */
  const snippet = ({ text, counts }, words, word) => {
    const places = words.flatMap((one, no) => (counts?.[no] ? [length(text.folded.slice(0, text.folded.indexOf(one)))] : []));
    const start = Math.max(0, Math.min(...places, Infinity) - 60);
    const from = Number.isFinite(start) ? start : 0;
    const shown = part(text.text, from, 160);
    const marked = [];
    let at = 0;
    for (const found of shown.matchAll(/\p{L}\p{M}*(?:#|\+\+)|\.net|[\p{L}\p{N}\p{M}]+/giu)) {
      if (!wordsOf(fold(found[0]), word).some((one) => words.includes(one))) continue;
      marked.push([shown.slice(at, found.index), false], [found[0], true]);
      at = found.index + found[0].length;
    }
    marked.push([shown.slice(at), false]);
    if (from > 0) marked.unshift(["…", false]);
    if (from + 160 < text.length) marked.push(["…", false]);
    return marked.filter(([piece]) => piece);
  };

  return { unpacked, read, find, conceptsLike, snippet };
})();
