/* The page: what is asked for stands in its form and its address, and what is found in its list or its cards. */
(() => {
  const { element, drawing, article, counted } = Elements;
  const A_STEP = 50;
  const MOST_CARDS = 200;
  const FIELDS = ["q", "section", "issue", "source", "concept", "relevancy", "from", "to"];
  const byId = (id) => document.getElementById(id);
  const form = byId("search");
  const count = byId("count");
  const ticked = new Set();
  let corpus = null;
  let found = null;
  let nShown = 0;
  let view = "hits";

  /* ---- What is asked for: in the address, in the form. */

  const toForm = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) byId(name).value = address.get(name) ?? "";
    byId("all").checked = address.get("all") === "1";
    byId("every").checked = address.get("every") === "1";
    view = address.get("view") === "cards" ? "cards" : "hits";
  };

  const toAddress = () => {
    const address = new URLSearchParams();
    for (const name of FIELDS) if (byId(name).value) address.set(name, byId(name).value);
    if (byId("all").checked) address.set("all", "1");
    if (view === "cards") address.set("view", "cards");
    if (byId("every").checked) address.set("every", "1");
    const text = address.toString();
    if (text !== location.hash.slice(1)) history.replaceState(null, "", `#${text}`);
  };

  const asked = () => ({
    words: byId("q").value, all: byId("all").checked, section: byId("section").value,
    issue: byId("issue").value, source: byId("source").value.trim().toLowerCase(),
    concept: byId("concept").value.trim(), relevancy: Number(byId("relevancy").value),
    since: byId("from").value, until: byId("to").value,
  });

  /* ---- What is found: in words, by year, as a list, as cards. */

  const inWords = () => {
    if (found.concept === -1) {
      const near = Finding.conceptsLike(corpus, byId("concept").value, 3);
      const hint = near.length ? ` Did you mean ${near.map((name) => `“${name}”`).join(", ")}?` : "";
      return `No topic is called “${byId("concept").value}”.${hint}`;
    }
    const { hits, words } = found;
    const nWhole = hits.filter((hit) => hit.holds === 1).length;
    const cards = new Set(hits.map((hit) => hit.text.card)).size;
    const whole = words.length > 1 && !byId("all").checked ? `, ${nWhole.toLocaleString("en")} of them with all of the words` : "";
    return `${counted(hits.length, "hit")} from ${counted(cards, "article")}${whole}.`;
  };

  /* How often by year: hits with all of the words full, the others hollow on them. */
  const drawYears = () => {
    const years = new Map();
    for (const { text, holds } of found.hits) {
      if (!text.card.issue.date) continue;
      const year = Number(text.card.issue.date.slice(0, 4));
      const [nWhole, nPart] = years.get(year) ?? [0, 0];
      years.set(year, holds === 1 ? [nWhole + 1, nPart] : [nWhole, nPart + 1]);
    }
    const figure = byId("by-year");
    figure.replaceChildren();
    figure.hidden = years.size === 0;
    if (figure.hidden) return;
    const first = Math.min(...years.keys());
    const all = Array.from({ length: Math.max(...years.keys()) - first + 1 }, (_, no) => first + no);
    const values = all.map((year) => years.get(year) ?? [0, 0]);
    const hasPart = values.some(([, nPart]) => nPart);
    const most = Math.max(...values.map(([nWhole, nPart]) => nWhole + nPart));
    const [width, height, top, bottom] = [640, 150, 22, 22];
    const step = Math.min(90, width / all.length);
    const scale = (n) => (n / most) * (height - top - bottom);
    const base = height - bottom;
    const svg = drawing("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart small", role: "img", "aria-label": `Hits by year: ${all.map((year, no) => `${year}: ${values[no][0] + values[no][1]}`).join(", ")}` });
    all.forEach((year, no) => {
      const [nWhole, nPart] = values[no];
      const x = no * step + step * 0.12;
      const bar = (n, below, className) => {
        if (n) svg.append(drawing("rect", { x, y: base - scale(below) - scale(n), width: step * 0.76, height: scale(n), class: className }));
      };
      bar(nWhole, 0, "bar");
      bar(nPart, nWhole, "bar hollow");
      const label = (y, className, text) => {
        const made = drawing("text", { x: no * step + step / 2, y, "text-anchor": "middle", class: className });
        made.textContent = text;
        svg.append(made);
      };
      label(base - scale(nWhole + nPart) - 6, "label", (nWhole + nPart).toLocaleString("en"));
      label(height - 6, "tick", String(year));
    });
    svg.append(drawing("path", { d: `M0 ${base}H${all.length * step}`, class: "axis" }));
    const caption = element("figcaption", {}, element("h2", {}, "Hits by year"));
    if (hasPart) caption.append(element("p", {}, "Full: texts with all of the words. Hollow: texts with some of them."));
    figure.append(caption, svg);
  };

  const kind = (section) => (section === "card" ? "Article" : byId("section").querySelector(`[value="${section}"]`).textContent);

  const line = (hit) => {
    const { text } = hit;
    const { card } = text;
    const name = element("a", { href: card.place, dir: "auto" }, (text.name ?? card.title ?? "(no name)").slice(0, 300));
    const pieces = Finding.snippet(hit, found.words, corpus.word);
    const quoted = pieces.map(([piece, isWord]) => (isWord ? element("mark", {}, piece) : piece));
    const tick = element("input", { type: "checkbox", checked: ticked.has(text) });
    tick.setAttribute("aria-label", `Take as a workshop card: ${name.textContent}`);
    tick.addEventListener("change", () => {
      ticked[tick.checked ? "add" : "delete"](text);
      showTicked();
    });
    const facts = [element("a", { href: card.issue.page }, card.issue.name), " · ", ...article(card), " "];
    facts.push(element("span", { className: "place" }, `${card.path}:${text.line}`));
    if (text.relevancy !== null) facts.push(` · relevancy ${text.relevancy}`);
    if (card.notCounted) facts.push(` · not counted: ${card.notCounted}`);
    const of = text.section === "card" ? [] : [" of ", element("bdi", {}, (card.title ?? "(no title)").slice(0, 200))];
    const heading = element("p", { className: "heading" }, name, " ", element("span", { className: "kind" }, kind(text.section), ...of));
    const isSignal = text.section === "signals" || (text.section === "card" && card.signals.length);
    return element("li", {}, ...(isSignal ? [tick] : []), element("div", {}, heading, element("p", { dir: "auto" }, ...quoted), element("p", { className: "note" }, ...facts)));
  };

  const showMore = () => {
    const added = found.hits.slice(nShown, nShown + A_STEP).map(line);
    byId("hits").append(...added);
    nShown += added.length;
    const left = found.hits.length - nShown;
    byId("more").hidden = left === 0;
    byId("more").textContent = `Show ${Math.min(left, A_STEP)} more`;
    byId("shown").textContent = left ? `${nShown.toLocaleString("en")} of ${counted(found.hits.length, "hit")} shown` : "";
    return added;
  };

  const showHits = () => {
    drawYears();
    nShown = 0;
    byId("hits").replaceChildren();
    showMore();
  };

  const signals = () => {
    const taken = ticked.size ? [...ticked] : found.hits.map((hit) => hit.text).filter(({ section }) => section === "signals");
    return taken.flatMap((text) => (text.section === "card" ? text.card.signals : [text]));
  };

  const showCards = () => {
    const cards = Workshop.chosen(signals(), byId("every").checked);
    const from = ticked.size ? "from what you ticked" : "from the signals among the hits";
    const rest = cards.length > MOST_CARDS ? ` The first ${MOST_CARDS} are here; narrow the search for others.` : "";
    byId("n-cards").textContent = cards.length
      ? `${counted(cards.length, "card")} ${from}, four to a sheet of A4.${rest}`
      : "None of the hits is a signal, which cards are made of. Tick articles in the list to take their signals.";
    byId("print").disabled = cards.length === 0;
    byId("sheets").replaceChildren(...Workshop.sheets(cards.slice(0, MOST_CARDS)));
  };

  const showTicked = () => {
    byId("as-cards").textContent = ticked.size ? `As workshop cards (${ticked.size} ticked)` : "As workshop cards";
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
    showView();
    toAddress();
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
      clearTimeout(waiting);
      waiting = setTimeout(show, 150);
    };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
    form.addEventListener("reset", () => { ticked.clear(); showTicked(); setTimeout(show); });
    byId("as-hits").addEventListener("click", () => turnTo("hits"));
    byId("as-cards").addEventListener("click", () => turnTo("cards"));
    byId("every").addEventListener("change", () => turnTo("cards"));
    byId("print").addEventListener("click", () => print());
    byId("more").addEventListener("click", () => showMore()[0].querySelector("a").focus());
    addEventListener("hashchange", () => { toForm(); show(); });
  };

  const fillForm = () => {
    const option = (value, text) => element("option", { value }, text);
    byId("issue").append(...corpus.issues.map(({ key, name }) => option(key, name)).reverse());
    byId("sources").append(...corpus.sources.map((name) => option(name, "")));
    byId("concepts").append(...corpus.concepts.map(([name]) => option(name, "")));
  };

  const start = async () => {
    if (!("DecompressionStream" in globalThis)) {
      count.textContent = "This browser is too old to unpack the texts (it lacks DecompressionStream). "
        + "A newer one shows them, and so does the database: FROM search('heat pump')";
      return;
    }
    count.textContent = "Unpacking the texts …";
    const [about, ...years] = await Promise.all(JSON.parse(byId("texts").textContent).map(Finding.unpacked));
    corpus = Finding.read(about, years);
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
