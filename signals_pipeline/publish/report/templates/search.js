/* The page: what is asked for stands in its form and its address, what is found in its list or its cards. */
(() => {
  const { element, drawing, article, counted } = Elements;
  const A_STEP = 50;
  const MOST_CARDS = 200;
  /* Topics that are offered for the words of a question. */
  const MOST_TOPICS = 4;
  const FILTERS = ["section", "concept", "with", "on", "issue", "from", "to", "source", "relevancy", "due"];
  const FIELDS = ["q", ...FILTERS];
  /* What is asked for where only the section and the topics count. */
  const NO_OTHER_FILTER = { words: "", issue: "", source: "", relevancy: 0, due: "", since: "", until: "" };
  /* What the workshop cards show. */
  const OF_CARDS = ["every", "concern"];
  const TICKED = ["some", "unrated", ...OF_CARDS];
  /* Characters of a text that are shown. */
  const LONGEST = 800;
  const SUMMARY = 240;
  /* What the parts of a statement behind its name are called; its description speaks for itself. */
  const CALLED = [null, null, "Change:", "In ten years:", "Driven by:"];
  const byId = (id) => document.getElementById(id);
  const form = byId("search");
  const count = byId("count");
  let ticked = new Set();
  let corpus = null;
  let found = null;
  let nShown = 0;
  let view = "hits";
  /* Fields for which the address gives what they cannot hold, such as a newsletter issue that is not here. */
  let unknown = [];
  /* How many texts are ticked in the address that are not here. */
  let nLost = 0;

  /* ---- What is asked for: in the address, in the form. */

  /* What the address calls a text that can be ticked: a signal by its card and row, an article by its card. */
  const keyOf = ({ card, rowNo }) => card.id.replace(/[^0-9a-z]/g, "_") + (rowNo === null ? "" : `.${rowNo}`);
  const canTick = ({ section, card }) => section === "signals" || (section === "card" && card.signals.length > 0);

  /* The texts that the address says are ticked, in its order. */
  const tickedIn = (address) => {
    const keys = (address.get("ticked") ?? "").split("-").filter(Boolean);
    const texts = new Map(keys.length ? corpus.texts.filter(canTick).map((text) => [keyOf(text), text]) : []);
    nLost = keys.filter((key) => !texts.has(key)).length;
    return new Set(keys.map((key) => texts.get(key)).filter(Boolean));
  };

  const toForm = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    unknown = FIELDS.filter((name) => {
      const value = address.get(name) ?? "";
      byId(name).value = value;
      return byId(name).value !== value;
    });
    for (const name of TICKED) byId(name).checked = address.get(name) === "1";
    view = address.get("view") === "cards" ? "cards" : "hits";
    ticked = tickedIn(address);
    showTicked();
  };

  const toAddress = () => {
    const address = new URLSearchParams();
    for (const name of FIELDS) if (byId(name).value) address.set(name, byId(name).value);
    if (view === "cards") address.set("view", "cards");
    for (const name of TICKED) if (byId(name).checked) address.set(name, "1");
    if (ticked.size) address.set("ticked", [...ticked].map(keyOf).join("-"));
    const text = address.toString();
    if (text !== location.hash.slice(1)) history.replaceState(null, "", `#${text}`);
  };

  const asked = () => ({
    words: byId("q").value, some: byId("some").checked, section: byId("section").value,
    issue: byId("issue").value, source: byId("source").value.trim().toLowerCase(),
    concept: byId("concept").value.trim(), with: byId("with").value.trim(), on: byId("on").value,
    relevancy: Number(byId("relevancy").value), unrated: byId("unrated").checked, due: byId("due").value, since: byId("from").value, until: byId("to").value,
  });

  const labelOf = (name) => form.querySelector(`[for=${name}]`).textContent;

  /* The filters that are set, which can be folded away. */
  const inFilters = () => {
    const set = FILTERS.filter((name) => byId(name).value);
    const shown = (field) => field.selectedOptions?.[0].textContent ?? field.value;
    const orNone = (name) => (name === "relevancy" && byId("unrated").checked ? " or without a rating" : "");
    return set.map((name) => `${labelOf(name).replace(/ \(.*/, "").toLowerCase()} ${shown(byId(name))}${orNone(name)}`).join(" · ");
  };

  /* ---- What is found: in words, by year, as a list, as cards. */

  /* What the asked topics are called, as a sentence has them. */
  const topics = () => ["concept", "with"].map((name) => byId(name).value.trim()).filter(Boolean);

  const inVain = (name) => {
    const value = byId(name).value.trim();
    if (name === "source") return `No source is called “${value}”.`;
    const near = Finding.conceptsLike(corpus, value, 3);
    const hint = near.length ? ` Did you mean ${near.map((one) => `“${one}”`).join(", ")}?` : "";
    return `No topic is called “${value}”.${hint}`;
  };

  const inWords = () => {
    if (found.unknown.length) return found.unknown.map(inVain).join(" ");
    const { hits, words, nWhole, nMore } = found;
    const cards = new Set(hits.map((hit) => hit.text.card)).size;
    const kind = words.length > 1 && hits.length === nWhole ? " with all of the words" : "";
    const ofThem = `, ${nWhole ? nWhole.toLocaleString("en") : "none"} of them with all of the words`;
    const whole = hits.length > nWhole && nMore ? ofThem : "";
    const vain = ` The address asks for what is not here, and it is left out: ${unknown.map(labelOf).join(", ")}.`;
    const left = unknown.length ? vain : "";
    return `${counted(hits.length, "hit")}${kind} from ${counted(cards, "article")}${whole}.${left}`;
  };

  const named = () => topics().map((one) => `“${one}”`).join(" and ");

  /* A word, a filter or a search to go on with, each a button. */
  const choice = (text, change) => {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", () => {
      change();
      show();
      byId("q").focus();
    });
    return made;
  };

  /* A topic, or two together, to be asked for alone. */
  const topicChoice = (some) => choice(
    `${some.join(" with ")} (${counted(Finding.cardsWith(corpus, some).length, "card")})`,
    () => {
      byId("q").value = "";
      [byId("concept").value, byId("with").value] = [some[0], some[1] ?? ""];
    },
  );

  /* The topics that the words name, and those with a name that is like one of the words. */
  const topicsInWords = () =>
    (topics().length ? { named: [], alike: [] } : Finding.conceptsIn(corpus, found.written));

  /* These topics, each to be asked for by itself, and the first two that are named together. */
  const inTopics = () => {
    const { named, alike } = topicsInWords();
    const line = (called, some) => (some.length ? [[called, ...some.flatMap((one) => [" ", topicChoice(one)])]] : []);
    const alone = (some) => some.slice(0, MOST_TOPICS).map((one) => [one]);
    const both = named.length > 1 ? [named.slice(0, 2)] : [];
    return [
      ...line(named.length > 1 ? "Topics:" : "Topic:", [...alone(named), ...both]),
      ...line(alike.length > 1 ? "Similar topics:" : "Similar topic:", alone(alike)),
    ];
  };

  /* For each topic in question that stands on one card, the other topics of that card. */
  const onOneCard = () => [...topics(), ...topicsInWords().named].flatMap((topic) => {
    const others = Finding.besides(corpus, topic);
    if (others === null) return [];
    const few = `“${topic}” is on ${counted(1, "card")}: too few to tell what travels with it.`;
    if (!others.length) return [[`${few} That card has no other topic.`]];
    return [[`${few} Other topics of that card:`, ...others.flatMap((one) => [" ", topicChoice([one])])]];
  });

  /* The texts that would be found too if something else was asked. */
  const leftOut = (instead) => {
    const own = new Set(found.hits.map(({ text }) => text));
    const all = Finding.find(corpus, { ...asked(), ...instead }).hits.map(({ text }) => text);
    return all.filter((text) => !own.has(text));
  };

  /* How two topics are on cards together of which no text in the asked section speaks of them; null where other
     filters leave such texts out. */
  const unspokenOf = (section) => {
    const cards = Finding.cardsWith(corpus, topics()).length;
    const inSection = (on) => Finding.find(corpus, { ...asked(), ...NO_OTHER_FILTER, on }).hits.length;
    if (!section || topics().length < 2 || !cards || inSection("")) return null;
    const [have, their, none] = cards === 1 ? ["card has", "its", "it has no"] : ["cards have", "their", "none of them has"];
    const unspoken = inSection("card") ? `none of ${their} ${among(section)} speaks of either` : `${none} ${among(section)}`;
    return `${counted(cards, have, have)} both topics, and ${unspoken}`;
  };

  /* Where no text that is asked for speaks of the topics: what else stands on their cards. */
  const besideHits = () => {
    if (found.hits.length || !topics().length) return [];
    const section = byId("section").value;
    const unspoken = unspokenOf(section);
    const n = byId("on").value === "card" ? 0 : Finding.find(corpus, { ...asked(), on: "card" }).hits.length;
    const stand = n === 1 ? "1 stands" : `${n.toLocaleString("en")} stand`;
    const those = () => { byId("on").value = "card"; };
    const there = n ? [`, but ${stand} there. `, choice("Show what stands there", those), " "] : [". "];
    if (unspoken !== null) {
      const isElsewhere = leftOut({ section: "" }).length > 0;
      const all = () => { byId("section").value = ""; };
      return [[unspoken, ...there, ...(isElsewhere ? [choice("Show all sections", all)] : [])]];
    }
    const none = section ? `None of the ${among(section)}` : "No text";
    const cards = topics().length > 1 ? "both topics" : "this topic";
    return n ? [[`${none} on cards with ${cards} speaks of ${named()}`, ...there]] : [];
  };

  /* What to ask instead: for topics, for those beside one on a single card, for each word that is in no text, and
     where the filters leave nothing. */
  const showInstead = () => {
    const lines = [...inTopics(), ...onOneCard(), ...found.missing.map((word) => {
      const near = Finding.wordsLike(corpus, word, 6);
      const written = (one) => () => { byId("q").value = found.written.map((own) => (own === word ? one : own)).join(" "); };
      const choices = near.flatMap((one) => [" ", choice(one, written(one))]);
      return [`No text has the word “${word}”.`, ...(near.length ? [" Words that begin like it:", ...choices] : [])];
    })];
    if (found.nWhole && found.nMore && !byId("some").checked) {
      const more = counted(found.nMore, "more text has", "more texts have");
      lines.push([`${more} some of the words. `, choice("Show them too", () => { byId("some").checked = true; })]);
    }
    const unrated = byId("relevancy").value && !byId("unrated").checked ? leftOut({ unrated: true }).length : 0;
    if (unrated) {
      const which = `${counted(unrated, "hit")} without a rating ${unrated === 1 ? "is" : "are"} left out. `;
      const them = () => { byId("unrated").checked = true; };
      lines.push([which, choice(unrated === 1 ? "Show it too" : "Show them too", them)]);
    }
    const others = topics().length && !byId("on").value ? leftOut({ on: "text" }) : [];
    if (others.length) {
      const some = counted(others.length, found.hits.length ? "more statement" : "statement");
      const cards = counted(new Set(others.map(({ card }) => card)).size, "other card");
      const match = `${others.length === 1 ? "matches" : "match"} the words or the definition of ${named()}`;
      const them = () => { byId("on").value = "text"; };
      lines.push([`${some} of ${cards} ${match}, perhaps in another sense. `, choice("Show these too", them)]);
    }
    lines.push(...besideHits());
    if (!found.hits.length && found.words.length && found.nAnywhere) {
      const freely = () => {
        for (const name of FIELDS.slice(1)) byId(name).value = "";
        byId("some").checked = true;
        byId("q").value = found.written.join(" ");
      };
      const texts = counted(found.nAnywhere, "text");
      lines.push([`Without filters and quotes, ${texts} would be here. `, choice("Search without them", freely)]);
    }
    if (!found.hits.length && !lines.flat().some((part) => part instanceof Element)) {
      const list = element("a", { href: "topics.html" }, "All topics");
      const other = found.words.length ? "another word, an abbreviation written out, or " : "";
      lines.push([`Try ${other}fewer filters. `, list, " are listed with their other names."]);
    }
    byId("instead").replaceChildren(...lines.map((parts) => element("p", {}, ...parts)));
  };

  /* Why other pages count other cards of a topic or newsletter issue than there are here. */
  const whatCounts = () => {
    const articles = found.hits.filter(({ text }) => text.section === "card").length;
    const cards = new Set(found.hits.map(({ text }) => text.card));
    const left = [...cards].filter(({ notCounted }) => notCounted).length;
    const statements = found.hits.length - articles;
    const why = `that the other pages leave out; each hit of ${left === 1 ? "it" : "these"} says why`;
    const rest = left ? `, including ${counted(left, "card")} ${why}` : "";
    const each = `Of the hits, ${articles.toLocaleString("en")} are articles themselves and `
      + `${statements.toLocaleString("en")} single statements; they are`;
    const they = found.hits.length === 1 ? "It is" : "They are";
    const all = `${articles && statements ? each : they} of ${counted(cards.size, "card")}${rest}.`;
    const isByWords = topics().length && byId("on").value === "text";
    return isByWords ? `${all} Other pages count a card for a topic by its keywords and themes alone.` : all;
  };

  /* How many hits of each year have all of the words, and how many only some. */
  const byYear = () => {
    const dated = found.hits.filter(({ text }) => text.card.issue.date);
    const years = dated.map(({ text }) => Number(text.card.issue.date.slice(0, 4)));
    const first = years.reduce((low, year) => Math.min(low, year), Infinity);
    const rows = [];
    dated.forEach(({ holds }, no) => {
      while (rows.length <= years[no] - first) rows.push({ year: first + rows.length, whole: 0, part: 0 });
      rows[years[no] - first][holds === 1 ? "whole" : "part"] += 1;
    });
    return rows;
  };

  /* The address of the hits of a year. */
  const yearOf = (year) => {
    const address = new URLSearchParams(location.hash.slice(1));
    address.set("from", `${year}-01-01`);
    address.set("to", `${year}-12-31`);
    return `#${address}`;
  };

  const drawYears = () => {
    const rows = byYear();
    const figure = byId("by-year");
    figure.hidden = rows.length === 0;
    figure.replaceChildren();
    if (figure.hidden) return;
    const [height, top, bottom] = [110, 22, 22];
    const step = Math.min(64, 640 / rows.length);
    const width = step * rows.length;
    const base = height - bottom;
    const most = Math.max(...rows.map(({ whole, part }) => whole + part));
    const scale = (n) => (n / most) * (base - top);
    const inWords = rows.map(({ year, whole, part }) => `${year}: ${whole + part}`).join(", ");
    const svg = drawing("svg", {
      viewBox: `0 0 ${width} ${height}`, class: rows.length > 8 ? "chart" : "chart small", role: "group",
      "aria-label": `Hits by year: ${inWords}`,
    });
    svg.style.maxWidth = `${width}px`;
    rows.forEach(({ year, whole, part }, no) => {
      const all = (whole + part).toLocaleString("en");
      const named = { href: yearOf(year), "aria-label": `Only the hits of ${year}: ${all}` };
      // A year without hits leads nowhere.
      const group = whole + part ? drawing("a", named, drawing("title", {}, named["aria-label"])) : drawing("g");
      const bar = (n, below, name) =>
        n && group.append(drawing("rect", {
          x: step * (no + 0.12), y: base - scale(below + n), width: step * 0.76, height: scale(n),
          class: name,
        }));
      const label = (y, name, text) =>
        group.append(drawing("text", { x: step * (no + 0.5), y, "text-anchor": "middle", class: name }, text));
      bar(whole, 0, "bar");
      bar(part, whole, "bar hollow");
      label(base - scale(whole + part) - 6, "label", all);
      label(height - 6, "tick", String(year));
      svg.append(group);
    });
    svg.append(drawing("path", { d: `M0 ${base}H${width}`, class: "axis" }));
    const caption = element("figcaption", {}, element("h2", {}, "Hits by year"));
    if (rows.some(({ part }) => part)) {
      caption.append(element("p", {}, "Full: texts with all of the words. Hollow: texts with some of them."));
    }
    const nUndated = found.hits.length - rows.reduce((n, { whole, part }) => n + whole + part, 0);
    if (nUndated) {
      const have = counted(nUndated, "hit has no date and is in no bar", "hits have no date and are in no bar");
      caption.append(element("p", {}, `${have}.`));
    }
    figure.append(caption, svg);
  };

  const among = (section) => byId("section").querySelector(`[value="${section}"]`).textContent.toLowerCase();

  const marked = (text, size) =>
    Finding.quoted(text, found.words, corpus.rules, size)
      .map(([piece, isWord]) => (isWord ? element("mark", {}, piece) : piece));

  /* What a statement says behind its name, or behind its description where it has no name. */
  const statement = ({ said }) => {
    const start = said.findIndex((part) => part !== null) + 1;
    return said.slice(start).flatMap((part, no) => {
      if (part === null) return [];
      const called = CALLED[start + no];
      return [...(called ? [element("i", {}, called), " "] : []), ...marked(part, LONGEST), " "];
    });
  };

  const line = ({ text }) => {
    const { card } = text;
    const [called, ...rest] = text.said.filter((part) => part !== null);
    const link = { className: "name", href: card.place, dir: "auto" };
    const name = element("a", link, ...marked(called ?? "(no title)", 200));
    const tick = element("input", { type: "checkbox", checked: ticked.has(text) });
    tick.setAttribute("aria-label", `Take as a workshop card: ${name.textContent}`);
    tick.addEventListener("change", () => {
      ticked[tick.checked ? "add" : "delete"](text);
      showTicked();
      toAddress();
    });
    const facts = [element("a", { href: card.issue.page }, card.issue.name), " · ", ...article(card), " "];
    const place = { className: "place", title: `${card.path}:${text.line}` };
    facts.push(element("span", place, `line ${text.line}`));
    if (text.relevancy !== null) facts.push(` · relevancy ${text.relevancy}`);
    const due = text.isDueByColumn ? `about ${text.due}, from the column for ten years` : text.due;
    if (text.due !== null) facts.push(` · due ${due}`);
    if (card.notCounted) facts.push(` · not counted: ${card.notCounted}`);
    const of = element("bdi", {}, (card.title ?? "(no title)").slice(0, 200));
    const isArticle = text.section === "card";
    const where = isArticle ? ["article"] : [`among the ${among(text.section)} of `, of];
    const kind = element("span", { className: "kind" }, ...where);
    const heading = element("p", { className: "heading" }, name, " ", kind);
    const said = element("p", { dir: "auto" }, ...(isArticle ? marked(rest.join(" "), SUMMARY) : statement(text)));
    const body = element("div", {}, heading, said, element("p", { className: "note" }, ...facts));
    return element("li", {}, ...(canTick(text) ? [tick] : []), body);
  };

  const showMore = () => {
    const added = found.hits.slice(nShown, nShown + A_STEP).map(line);
    byId("hits").append(...added);
    nShown += added.length;
    const left = found.hits.length - nShown;
    byId("more").hidden = left === 0;
    byId("more").textContent = `Show ${Math.min(left, A_STEP)} more`;
    const shown = `${nShown.toLocaleString("en")} of ${counted(found.hits.length, "hit")} shown`;
    byId("shown").textContent = left ? shown : "";
    return added;
  };

  const showHits = () => {
    drawYears();
    byId("ticking").hidden = !nLost && !found.hits.some(({ text }) => canTick(text));
    nShown = 0;
    byId("hits").replaceChildren();
    showMore();
  };

  const signalsInHits = () => found.hits.map(({ text }) => text).filter(({ section }) => section === "signals");

  /* The signals that cards are made of, and where they are from. What is ticked is taken as it is, an article by
     its signals; where nothing is, the signals among the hits, or else those of the articles with a hit. */
  const signals = () => {
    const isEvery = byId("every").checked;
    const of = (some) => Workshop.chosen(some, isEvery);
    if (ticked.size) {
      const taken = [...ticked].flatMap((text) => (text.section === "card" ? of(text.card.signals) : [text]));
      return { chosen: [...new Set(taken)], from: " from what you ticked", why: "" };
    }
    const inHits = signalsInHits();
    if (inHits.length) return { chosen: of(inHits), from: " from the signals among the hits", why: "" };
    const articles = new Set(found.hits.map(({ text }) => text.card));
    const isTopic = topics().length > 0 && !found.words.length;
    const none = isTopic ? `No signal of these articles names ${named()}` : "No signal is among the hits";
    const which = isTopic ? "an article with this topic" : "an article among the hits";
    const shows = isEvery ? "shows a signal" : "shows the most relevant signal";
    const why = ` ${none}, so each card ${shows} of ${which}.`;
    return { chosen: of([...articles].flatMap((card) => card.signals)), from: "", why };
  };

  /* How many articles with the asked topics have signals, and none among some. */
  const withoutSignal = (some) => {
    const ofTopics = Finding.find(corpus, { ...asked(), on: "card", section: "signals" }).hits;
    const nArticles = (signals) => Workshop.chosen(signals, false).length;
    return nArticles(ofTopics.map(({ text }) => text)) - nArticles(some);
  };

  /* A way to the signals of articles whose signals do not name the asked topics, where those of others do. */
  const alsoOfTopics = () => {
    const inHits = signalsInHits();
    if (ticked.size || !inHits.length || !topics().length || byId("on").value === "card") return [];
    const n = withoutSignal(inHits);
    const have = counted(n, "more article has a signal", "more articles have signals");
    const them = () => { byId("on").value = "card"; };
    return n ? [` ${have}, but none that names ${named()}. `, choice(n === 1 ? "Take it too" : "Take them too", them)] : [];
  };

  /* How many of some cards have no concern, or one that is chosen without a rating, where they are to have one. */
  const withoutConcern = (chosen) => {
    if (!byId("concern").checked) return "";
    const none = chosen.filter(({ card }) => !card.concerns.length).length;
    const why = none === 1 ? "its article names none" : "their articles name none";
    const without = none ? ` ${counted(none, "card has", "cards have")} no concern, since ${why}.` : "";
    const isRated = ({ relevancy }) => relevancy !== null;
    const first = chosen.filter(({ card }) => card.concerns.length && !card.concerns.some(isRated)).length;
    const unrated = first === 1 ? "no concern of its article is rated" : "no concern of their articles is rated";
    return first ? `${without} ${counted(first, "card shows", "cards show")} the first concern, since ${unrated}.` : without;
  };

  const showCards = () => {
    const { chosen, from, why } = signals();
    const isLong = chosen.length > MOST_CARDS;
    const rest = isLong ? ` The first ${MOST_CARDS} are here; narrow the search for others.` : "";
    const said = chosen.length
      ? `${counted(chosen.length, "card")}${from}, four to a sheet of A4.${why}${withoutConcern(chosen)}${rest}`
      : "Cards are made of signals, and none is here. Tick articles in the list to take their signals.";
    byId("n-cards").replaceChildren(said, ...alsoOfTopics());
    byId("print").disabled = chosen.length === 0;
    byId("sheets").replaceChildren(...Workshop.sheets(chosen.slice(0, MOST_CARDS), byId("concern").checked));
  };

  /* The hits as rows of a file, in their order. */
  const csv = () => {
    const head = ["section", "name", "description", "change", "ten_year", "driving_force", "relevancy", "due"];
    const rows = found.hits.map(({ text }) => {
      const { card, section, said, relevancy, due, line } = text;
      const { issue, title, source, url, path, id } = card;
      return [section, ...said, relevancy, due, title, issue.date ?? issue.name, source, url, path, line, id];
    });
    return [[...head, "title", "newsletter_issue", "source", "url", "path", "line", "card_id"], ...rows];
  };

  const showTicked = () => {
    const marked = ticked.size ? ` (${ticked.size} ticked)` : "";
    byId("as-cards").textContent = `As workshop cards${marked}`;
    const lost = `${counted(nLost, "text")} that the address has as ticked ${nLost === 1 ? "is" : "are"} not here.`;
    byId("lost").textContent = nLost ? lost : "";
  };

  const showView = () => {
    const isCards = view === "cards";
    document.body.classList.toggle("shows-cards", isCards);
    byId("hits-view").hidden = isCards;
    byId("cards-view").hidden = !isCards;
    byId("as-hits").setAttribute("aria-pressed", String(!isCards));
    byId("as-cards").setAttribute("aria-pressed", String(isCards));
    (isCards ? showCards : showHits)();
  };

  const show = () => {
    found = Finding.find(corpus, asked());
    count.textContent = inWords();
    byId("counts").textContent = found.hits.length ? whatCounts() : "";
    showInstead();
    byId("filtered").textContent = inFilters();
    byId("told").textContent = "";
    byId("taking").hidden = !found.hits.length;
    toAddress();
    showView();
  };

  const turnTo = (name) => {
    view = name;
    showView();
    toAddress();
  };

  /* ---- The page comes alive once its texts are unpacked. */

  const listen = () => {
    let waiting = 0;
    const soon = () => {
      unknown = [];
      clearTimeout(waiting);
      waiting = setTimeout(show, 150);
    };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
    form.addEventListener("reset", () => { ticked.clear(); nLost = 0; showTicked(); setTimeout(show); });
    byId("as-hits").addEventListener("click", () => turnTo("hits"));
    byId("as-cards").addEventListener("click", () => turnTo("cards"));
    for (const name of OF_CARDS) byId(name).addEventListener("change", () => turnTo("cards"));
    byId("csv").addEventListener("click", () => Downloads.saveCsv(csv(), "signals-search.csv"));
    byId("link").addEventListener("click", async () => { byId("told").textContent = await Downloads.copied(location.href); });
    byId("print").addEventListener("click", () => print());
    byId("more").addEventListener("click", () => showMore()[0].querySelector("a").focus());
    addEventListener("hashchange", () => {
      // The link that skips to the content leads to a place of the page and asks for nothing.
      if (location.hash === "#main") return toAddress();
      toForm();
      show();
    });
  };

  const fillForm = () => {
    const option = (value, text) => element("option", { value }, text);
    const options = (issues) => issues.map(({ key, name }) => option(key, name));
    const dated = corpus.issues.filter(({ date }) => date);
    const undated = corpus.issues.filter(({ date }) => !date);
    byId("issue").append(...options(dated).reverse());
    if (undated.length) {
      byId("issue").append(element("optgroup", { label: "Without a date" }, ...options(undated)));
    }
    byId("due").append(...corpus.dues.map((year) => option(String(year), String(year))));
    // Thousands of suggestions take a while, and most visits need none.
    const suggested = (field, list, names) => byId(field).addEventListener(
      "focus", () => byId(list).append(...names.map((name) => option(name, ""))), { once: true },
    );
    suggested("source", "sources", corpus.sources);
    suggested("concept", "concepts", corpus.concepts.map(([name]) => name));
  };

  const start = async () => {
    if (!("DecompressionStream" in globalThis)) {
      count.textContent = "This browser is too old to unpack the texts (it lacks DecompressionStream). "
        + "A newer one shows them, and so does the database: FROM search('heat pump')";
      return;
    }
    count.textContent = "Unpacking the texts …";
    const [about, ...spans] = await Promise.all(JSON.parse(byId("texts").textContent).map(Finding.unpacked));
    corpus = Finding.read(about, spans);
    fillForm();
    toForm();
    listen();
    form.hidden = false;
    byId("views").hidden = false;
    show();
    performance.mark("first hits");
  };

  start();
})();
