/* Signals as cards of A6, four to a sheet: what is said of a signal, and a code that leads to its article. */
const Workshop = (() => {
  const { element, drawing } = Elements;

  const A_SHEET = 4;
  /* Characters of a text that are looked at; the style cuts it to whole lines. */
  const LONGEST = 600;
  /* Characters of a link whose code a phone reads at this size, and those above which less of it is spare. */
  const LONGEST_LINK = 320;
  const SPARED = 180;
  const QUIET = 4;
  /* Characters of a title that two lines hold. */
  const SHORT_TITLE = 60;
  /* Texts of a card from which on they get fewer lines each, and with which it has all of them. */
  const MANY_PARTS = 4;
  const MOST_PARTS = 5;

  const said = (name, className, text) =>
    element(name, { className: `cut ${className}`, dir: "auto" }, text.slice(0, LONGEST));

  const byRelevancy = (a, b) => (b.relevancy ?? -1) - (a.relevancy ?? -1);

  /* The most relevant concern of an article as a text; null where it has none. */
  const concernOf = ({ concerns }) => {
    const [most] = [...concerns].sort(byRelevancy);
    return most ? most.said.slice(0, 2).filter(Boolean).join(": ") : null;
  };

  /* The signals that cards are made of, those of an article together and its most relevant first. */
  const chosen = (signals, isEvery) => {
    const articles = new Map();
    for (const signal of signals) {
      if (signal.card.isDuplicate) continue;
      articles.set(signal.card, [...(articles.get(signal.card) ?? []), signal]);
    }
    return [...articles.values()].flatMap((of) => {
      of.sort(byRelevancy);
      return isEvery ? of : of.slice(0, 1);
    });
  };

  /* The squares of the code of a link, rows of whether each is dark. */
  const squares = (link) => {
    const made = qrcode(0, link.length > SPARED ? "L" : "M");
    made.addData(link, "Byte");
    made.make();
    const all = [...Array(made.getModuleCount()).keys()];
    return all.map((row) => all.map((column) => made.isDark(row, column)));
  };

  const code = (link) => {
    const rows = squares(link);
    const size = rows.length + 2 * QUIET;
    const square = (x, y) => `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
    const dark = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? square(x, y) : "")));
    return drawing(
      "svg",
      {
        viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "Link to the article as a code",
        "shape-rendering": "crispEdges",
      },
      drawing("rect", { width: size, height: size, fill: "#fff" }),
      drawing("path", { d: dark.join(""), fill: "#000" }),
    );
  };

  /* The code of an article's link, or why there is none. */
  const codeOf = ({ url, host }) => {
    if (!url) return said("p", "why", "No code: the article has no link.");
    if (!host) return said("p", "why", `No code: the link may not be followed, ${url}`);
    const link = url.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
    if (link.length > LONGEST_LINK) return said("p", "why", "No code: the link is too long for a phone.");
    return code(link);
  };

  const card = (signal, hasConcern) => {
    const [name, description, change, outlook, driver] = signal.said;
    const about = signal.card;
    const title = name ?? description ?? "(no name)";
    const parts = [
      ["Signal", description], ["Change", change], ["In ten years", outlook], ["Driven by", driver],
      ["Concern", hasConcern ? concernOf(about) : null],
    ].filter(([, text]) => text);
    const kinds = [
      "workshop", title.length > SHORT_TITLE && "tight", parts.length >= MANY_PARTS && "full",
      parts.length === MOST_PARTS && "fullest",
    ];
    return element(
      "article",
      { className: kinds.filter(Boolean).join(" ") },
      said("p", "article", about.title ?? "(no title)"),
      said("h2", "", title),
      ...parts.flatMap(([label, text]) => [
        element("p", { className: "label" }, label), said("p", "said", text),
      ]),
      element(
        "div",
        { className: "foot" },
        element(
          "div",
          {},
          said("p", "", about.host ?? about.source ?? "no source"),
          said("p", "", about.issue.date ? `Newsletter issue of ${about.issue.name}` : about.issue.name),
        ),
        codeOf(about),
      ),
    );
  };

  /* The cards of some signals, with the concern of their article or without. */
  const sheets = (signals, hasConcern = false) => {
    const made = [];
    for (let no = 0; no < signals.length; no += A_SHEET) {
      made.push(element("div", { className: "sheet" }, ...signals.slice(no, no + A_SHEET).map((one) => card(one, hasConcern))));
    }
    return made;
  };

  return { chosen, squares, sheets };
})();
