/* What is chosen, in the address and in the controls; the values pointed at; the table and the downloads. */
(() => {
  const { block, entries, tokenOf, number, percent, inFull } = compareData;
  const { MOST } = compareChart;
  const GRAINS = ["month", "quarter", "year"];
  const VIEWS = ["share", "count"];
  const CHOICES = 12;

  /* On fewer cards than this, a topic may be more often in the texts than among keywords and themes. */
  const FEW_CARDS = 8;

  /* Of what an address asks for in vain: whoever is sent a link has not chosen how long it is. */
  const MOST_TOLD = 5;
  const LONGEST_TOLD = 100;
  const [root, pick, list, told, chosen, plot, spoken, totals, together, table] = [
    "compare", "pick", "suggested", "told", "chosen", "plot", "values", "totals", "together", "table",
  ].map((id) => document.getElementById(id));

  const made = (name, text = "", attributes = {}) => {
    const found = document.createElement(name);
    found.textContent = text;
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
    return found;
  };

  /* A name of a card: it may be written from right to left. */
  const said = (name) => made("bdi", name);

  const searchFor = (asked, text) => made("a", text, { href: `search.html#${new URLSearchParams(asked)}` });

  const button = (text, label, act) => {
    const found = made("button", text, { type: "button", ...(label ? { "aria-label": label } : {}) });
    found.addEventListener("click", act);
    return found;
  };

  // -------------------------------------------------------------------------------------------------------
  // The address

  const decoded = (text) => {
    try {
      return decodeURIComponent(text.replace(/\+/g, " "));
    } catch {
      return text;
    }
  };
  const encoded = (text) => encodeURIComponent(text).replace(/%20/g, "+").replace(/^(\w+)%3A/, "$1:");

  /* A month in what somebody writes of a period: 2024, 2024 Q3, 2024-07; its first or its last. */
  const monthIn = (text, isEnd) => {
    const found = /^\s*(\d{4})(?:\s*-?\s*Q([1-4])|-(0[1-9]|1[0-2]))?\s*$/i.exec(text);
    if (!found) return null;
    const [, year, quarter, month] = found;
    if (month) return `${year}-${month}`;
    const [start, grain] = quarter ? [`${year}-${String(quarter * 3 - 2).padStart(2, "0")}`, "quarter"] : [`${year}-01`, "year"];
    return isEnd ? compareData.endOf(start, grain) : start;
  };

  const fresh = () => ({
    ...{ topics: compareData.first, grain: "quarter", view: "share", from: "", to: "", isApart: false },
    ...{ unknown: [], wrong: [], isFirst: true },
  });

  /* What an address says, with what in it is not understood; the first topics where it names none. */
  const read = (hash) => {
    const parts = hash.replace(/^#/, "").split("&").filter(Boolean);
    const isFirst = !parts.some((part) => part.startsWith("t="));
    const state = { ...fresh(), isFirst, ...(isFirst ? {} : { topics: [] }) };
    for (const part of parts) {
      const at = part.indexOf("=");
      const [key, value] = [part.slice(0, at), part.slice(at + 1)];
      if (key === "t") {
        for (const name of value.split(",").map(decoded).filter((one) => one.trim())) {
          const entry = compareData.named(name);
          if (!entry) state.unknown.push(name);
          else if (!state.topics.includes(entry)) state.topics.push(entry);
        }
      } else if (key === "g" && GRAINS.includes(value)) state.grain = value;
      else if (key === "v" && VIEWS.includes(value)) state.view = value;
      else if (key === "m" && ["0", "1"].includes(value)) state.isApart = value === "1";
      else if (["from", "to"].includes(key) && monthIn(decoded(value), key === "to")) state[key] = monthIn(decoded(value), key === "to");
      else state.wrong.push(decoded(part));
    }
    return state;
  };

  const written = (state) => {
    const topics = `t=${state.topics.map((entry) => encoded(tokenOf(entry))).join(",")}`;
    const parts = [...(state.isFirst ? [] : [topics]), `g=${state.grain}`];
    if (state.view !== "share") parts.push(`v=${state.view}`);
    if (state.from) parts.push(`from=${state.from}`);
    if (state.to) parts.push(`to=${state.to}`);
    if (state.isApart) parts.push("m=1");
    return `#${parts.join("&")}`;
  };

  let state = fresh();
  let shown = null;
  let current = null;

  /* A fragment without a value is the anchor of some place on the page. */
  const isState = () => location.hash.includes("=");
  const follow = () => {
    if (isState()) state = read(location.hash);
    else if (location.hash.length < 2) state = fresh();
    else return;
    current = null;
    show();
  };
  const go = (change) => {
    const next = { ...state, isFirst: state.isFirst && !change.topics, ...change };
    // An address that stays the same is not news to the browser, yet what was said of it may be settled.
    if (written(next) === location.hash) follow();
    else location.hash = written(next);
  };

  /* The first topics are an example, and what somebody adds takes their place. */
  const add = (entry) => {
    if (state.isFirst) return go({ topics: [entry] });
    if (state.topics.includes(entry)) return tell([["p", said(entry.name), " is on the chart already."]]);
    if (state.topics.length >= MOST) return tell([["p", `The chart has ${MOST} lines and takes no more: remove one first.`]]);
    return go({ topics: [...state.topics, entry] });
  };

  // -------------------------------------------------------------------------------------------------------
  // What is told

  const tell = (lines) => {
    told.replaceChildren(...lines.map(([name, ...parts]) => {
      const line = made(name);
      line.append(...parts);
      return line;
    }));
  };

  const cardsOf = ({ total }) => `${number(total)} card${total === 1 ? "" : "s"}`;
  const kindOf = (entry) => (entry.kind === "concept" ? "" : entry.kind);

  const notKnown = (name) => {
    const [kind, rest] = compareData.split(name);
    const near = compareData.nearest(name, 3, isNew);
    const parts = near.flatMap((entry) => {
      const choice = button("", "", () => add(entry));
      choice.append(said(entry.name), kindOf(entry) ? ` (${kindOf(entry)})` : "");
      return [choice, " "];
    });
    const search = searchFor({ q: rest }, "search all texts for it");
    return ["p", `No ${kind || "topic or source"} listed here is called “`, said(rest.slice(0, LONGEST_TOLD)), "”. ", ...(parts.length ? ["Nearest to it: ", ...parts] : ["None is like it; ", search, "."])];
  };

  const tellOf = (over) => {
    const lines = state.unknown.slice(0, MOST_TOLD).map(notKnown);
    const others = state.unknown.length - lines.length;
    if (others > 0) lines.push(["p", `${others} more of the names are not known either.`]);
    if (state.wrong.length) lines.push(["p", "The address has parts that say nothing here: ", said(state.wrong.join(", ").slice(0, LONGEST_TOLD)), "."]);
    if (over.length) {
      lines.push(["p", `The chart takes ${MOST} lines. Left out: `, ...over.flatMap((entry, no) => [no ? ", " : "", said(entry.name)]), "."]);
    }
    if (state.isFirst) {
      lines.push(["p", block.firstIs === "rising"
        ? "These are the concepts that rise most, as an example. What you add takes their place."
        : "These are the concepts on most cards, as an example. What you add takes their place."]);
    }
    tell(lines);
  };

  // -------------------------------------------------------------------------------------------------------
  // The picker

  let choices = [];
  let active = -1;

  const isNew = (entry) => state.isFirst || !state.topics.includes(entry);

  const suggest = () => {
    choices = compareData.suggestions(pick.value, CHOICES);
    active = -1;
    list.replaceChildren(...choices.map(({ entry, by }, no) => {
      const option = made("li", "", { role: "option", id: `option-${no}`, "aria-selected": "false" });
      const about = [
        ...(by === entry.name ? [] : [`also ${by}`]),
        ...(entry.kind === "concept" ? [] : [entry.kind]),
        cardsOf(entry),
        ...(isNew(entry) ? [] : ["already chosen"]),
      ];
      option.append(said(entry.name), made("span", about.join(", "), { class: "about" }));
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(no);
      });
      return option;
    }));
    open(choices.length > 0);
  };
  const open = (isOpen) => {
    list.hidden = !isOpen;
    pick.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) pick.removeAttribute("aria-activedescendant");
  };
  const mark = (no) => {
    active = no;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === no)));
    pick.setAttribute("aria-activedescendant", `option-${no}`);
    list.children[no].scrollIntoView({ block: "nearest" });
  };
  const take = (no) => {
    const { entry } = choices[no];
    pick.value = "";
    suggest();
    add(entry);
  };

  const PICKED = {
    ArrowDown: () => (list.hidden ? suggest() : mark((active + 1) % choices.length)),
    ArrowUp: () => choices.length && mark((active <= 0 ? choices.length : active) - 1),
    Escape: () => (list.hidden ? (pick.value = "") : open(false)),
    Enter: () => {
      if (!pick.value.trim()) return;
      if (active >= 0) return take(active);
      const entry = compareData.named(pick.value);
      if (entry) {
        pick.value = "";
        suggest();
        return add(entry);
      }
      if (choices.length) return take(0);
      return tell([notKnown(pick.value.trim())]);
    },
  };
  pick.addEventListener("keydown", (event) => {
    if (!PICKED[event.key] || event.isComposing) return;
    event.preventDefault();
    PICKED[event.key]();
  });
  pick.addEventListener("input", suggest);
  pick.addEventListener("focus", () => pick.value && suggest());
  pick.addEventListener("blur", () => open(false));

  // -------------------------------------------------------------------------------------------------------
  // What is shown

  const showChosen = (series) => {
    chosen.replaceChildren(...series.map(({ entry, no }) => {
      const item = made("li");
      const name = made("span");
      const link = entry.page ? made("a", "", { href: entry.page }) : made("bdi");
      link.textContent = entry.name;
      if (entry.page) link.dir = "auto";
      name.append(link);
      if (kindOf(entry)) name.append(" ", made("span", kindOf(entry), { class: "kind" }));
      const remove = button("×", `Remove ${entry.name}`, () => {
        go({ topics: state.topics.filter((one) => one !== entry) });
        // The button is gone; what comes next to the hand is the field.
        pick.focus();
      });
      item.append(compareChart.sign(no), name, remove);
      return item;
    }));
    if (series.length < 2) return;
    const last = made("li", "", { class: "clear" });
    last.append(button("Clear", "Remove all", () => {
      go({ topics: [] });
      pick.focus();
    }));
    chosen.append(last);
  };

  const cellOf = (value, view) =>
    view === "share" || !value.n ? inFull(value) : `${number(value.x)} of ${number(value.n)}`;

  const showTable = ({ series, periods, view }) => {
    const head = made("tr");
    head.append(made("th", "Period", { scope: "col" }));
    for (const one of series) {
      const cell = made("th", "", { scope: "col", class: "n" });
      cell.append(compareChart.sign(one.no), said(one.name));
      head.append(cell);
    }
    const rows = periods.map((period, no) => {
      const row = made("tr");
      row.append(made("th", period.label + (period.isPartial ? " (partial)" : ""), { scope: "row", class: "nw" }));
      for (const one of series) {
        const cell = made("td", "", { class: "n" });
        // Where many stand side by side, the rate goes below its numbers.
        const [numbers, ...rate] = cellOf(one.values[no], view).split(/(?<=\d, )(?=\S+\s%)/);
        cell.append(numbers, ...rate.map((text) => made("span", text)));
        row.append(cell);
      }
      return row;
    });
    table.classList.toggle("many", series.length > 4);
    table.tHead.replaceChildren(...(series.length ? [head] : []));
    table.tBodies[0].replaceChildren(...(series.length ? rows : []));
  };

  const showChart = () => {
    const { series, periods, view } = shown;
    if (!series.length || !periods.length) {
      const why = periods.length ? "Nothing is chosen: add a topic or a source above." : "No card was read of this period.";
      plot.replaceChildren(made("p", why));
      plot.setAttribute("aria-label", why);
      return;
    }
    const { svg, places } = compareChart.draw({ ...shown, grain: state.grain, isApart: state.isApart, width: Math.max(280, plot.clientWidth) });
    shown.svg = svg;
    shown.places = places;
    plot.replaceChildren(svg);
    plot.setAttribute("aria-label", svg.getAttribute("aria-label"));
    compareChart.pointed(svg, places, periods, view, current);
  };

  const showValues = () => {
    const { series, periods, view } = shown;
    document.getElementById("plot-note").hidden = current !== null;
    if (current === null) return spoken.replaceChildren();
    const period = periods[current];
    const items = made("ul");
    for (const one of series) {
      const item = made("li");
      const text = made("span");
      text.append(said(one.name), `: ${cellOf(one.values[current], view)}`);
      item.append(compareChart.sign(one.no), text);
      items.append(item);
    }
    return spoken.replaceChildren(made("b", period.label + (period.isPartial ? " (partial)" : "")), items);
  };

  /* On how many cards of all time each topic is, and a way to the texts where they are few. */
  const showTotals = (series) => {
    totals.replaceChildren(...series.map(({ entry, no, name }) => {
      const item = made("li");
      const text = made("span");
      text.append(said(name), `: ${cardsOf(entry)} in all`);
      if (entry.kind !== "source" && entry.total < FEW_CARDS) {
        text.append(", ", searchFor({ q: entry.name }, "search all texts for it"));
      }
      item.append(compareChart.sign(no), text);
      return item;
    }));
  };

  /* A way to the cards that two of the concepts have both. */
  const showTogether = (series) => {
    const concepts = series.filter(({ entry }) => entry.kind === "concept").map(({ entry }) => entry.name);
    const pairs = concepts.flatMap((one, no) => concepts.slice(no + 1).map((other) => [one, other]));
    const links = pairs.map(([one, other]) => {
      const link = searchFor({ concept: one, with: other }, "");
      link.append(said(one), " and ", said(other));
      return link;
    });
    together.hidden = links.length === 0;
    together.replaceChildren("Search both together: ", ...links.flatMap((link, no) => (no ? [" · ", link] : [link])));
  };

  const show = () => {
    const topics = state.topics.slice(0, MOST);
    const periods = compareData.periods(state.grain, state.from, state.to);
    const named = d3.rollup(topics, (own) => own.length, (entry) => entry.name);
    const series = topics.map((entry, no) => ({
      entry, no,
      // Two of one name are told apart by what they are.
      name: named.get(entry.name) > 1 || entry.kind !== "concept" ? `${entry.name} (${entry.kind})` : entry.name,
      values: compareData.values(entry, periods),
    }));
    shown = { series, periods, view: state.view };
    for (const input of document.querySelectorAll('[name="g"]')) input.checked = input.value === state.grain;
    for (const input of document.querySelectorAll('[name="v"]')) input.checked = input.value === state.view;
    document.getElementById("apart").checked = state.isApart;
    document.getElementById("from").value = state.from || block.months[0];
    document.getElementById("to").value = state.to || block.months.at(-1);
    document.getElementById("all").disabled = !state.from && !state.to;
    for (const id of ["csv", "svg", "png"]) document.getElementById(id).disabled = !series.length || !periods.length;
    tellOf(state.topics.slice(MOST));
    showChosen(series);
    showChart();
    showValues();
    showTotals(series);
    showTogether(series);
    showTable(shown);
  };

  for (const input of document.querySelectorAll('[name="g"]')) input.addEventListener("change", () => go({ grain: input.value }));
  for (const input of document.querySelectorAll('[name="v"]')) input.addEventListener("change", () => go({ view: input.value }));
  document.getElementById("apart").addEventListener("change", (event) => go({ isApart: event.target.checked }));
  document.getElementById("all").addEventListener("click", () => go({ from: "", to: "" }));

  // -------------------------------------------------------------------------------------------------------
  // Periods: typed, pointed at, dragged over

  const between = (from, to) => {
    const whole = [block.months[0], block.months.at(-1)];
    const [first, last] = from && to && from > to ? [to, from] : [from, to];
    return { from: first <= whole[0] ? "" : first, to: last >= whole[1] ? "" : last };
  };
  for (const id of ["from", "to"]) {
    const input = document.getElementById(id);
    input.addEventListener("change", () => {
      const isEnd = id === "to";
      const month = input.value.trim() ? monthIn(input.value, isEnd) : block.months.at(isEnd ? -1 : 0);
      input.setAttribute("aria-invalid", String(!month));
      if (!month) return tell([["p", "“", said(input.value), "” is no period: write 2024, 2024 Q3 or 2024-07."]]);
      return go(between(isEnd ? state.from || block.months[0] : month, isEnd ? month : state.to || block.months.at(-1)));
    });
  }

  const point = (no) => {
    if (no === current) return;
    current = no;
    compareChart.pointed(shown.svg, shown.places, shown.periods, shown.view, no);
    showValues();
  };
  const isDrawn = () => plot.contains(shown.svg ?? null);
  const periodAt = (event) => {
    const box = shown.svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const place = shown.places.find((one) => x >= one.left - 12 && x <= one.right + 12 && y >= one.top - 24 && y <= one.bottom + 34);
    if (!place) return null;
    return Math.max(0, Math.min(shown.periods.length - 1, Math.floor((x - place.left) / place.each)));
  };

  let start = null;
  plot.addEventListener("pointerdown", (event) => {
    if (!isDrawn() || event.button) return;
    start = { no: periodAt(event), x: event.clientX };
    if (start.no === null) start = null;
    else plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointermove", (event) => {
    if (!isDrawn()) return;
    const no = periodAt(event);
    if (start && no !== null && Math.abs(event.clientX - start.x) > 6) {
      start.range = d3.extent([start.no, no]);
      shown.svg.classList.add("dragging");
      compareChart.dragged(shown.svg, shown.places, start.range);
    }
    point(no);
  });
  const release = (event) => {
    const range = start?.range;
    start = null;
    if (!isDrawn()) return;
    shown.svg.classList.remove("dragging");
    compareChart.dragged(shown.svg, shown.places, null);
    if (range && event.type === "pointerup") {
      go(between(shown.periods[range[0]].start, shown.periods[range[1]].end));
    }
  };
  plot.addEventListener("pointerup", release);
  plot.addEventListener("pointercancel", release);
  plot.addEventListener("pointerleave", () => isDrawn() && !start && document.activeElement !== plot && point(null));

  const MOVES = {
    ArrowLeft: (no, last) => (no === null ? last : Math.max(0, no - 1)),
    ArrowRight: (no, last) => (no === null ? 0 : Math.min(last, no + 1)),
    Home: () => 0,
    End: (_, last) => last,
    Escape: () => null,
  };
  plot.addEventListener("keydown", (event) => {
    if (!MOVES[event.key] || !isDrawn() || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    point(MOVES[event.key](current, shown.periods.length - 1));
  });
  plot.addEventListener("blur", () => isDrawn() && point(null));

  // -------------------------------------------------------------------------------------------------------
  // Downloads

  const save = (data, type, ending) => Downloads.save(data, type, `signals-compare-${state.grain}.${ending}`);

  const csv = () => {
    const lines = [["kind", "topic", "grain", "period_start", "is_partial", "n_cards_with", "n_cards", "share", "share_lo", "share_hi"]];
    for (const one of shown.series) {
      one.values.forEach((value, no) => {
        const period = shown.periods[no];
        lines.push([one.entry.kind, one.entry.name, state.grain, `${period.start}-01`, period.isPartial, value.x, value.n, value.share, value.low, value.high]);
      });
    }
    return lines;
  };

  /* The chart without what is pointed at. */
  const drawn = () => {
    point(null);
    return compareChart.alone(shown.svg);
  };

  /* The address of what is shown, topics that were there first included. */
  document.getElementById("link").addEventListener("click", async () => {
    const link = location.href.replace(/#.*/, "") + written({ ...state, isFirst: false });
    tell([["p", await Downloads.copied(link)]]);
  });
  document.getElementById("csv").addEventListener("click", () => Downloads.saveCsv(csv(), `signals-compare-${state.grain}.csv`));
  document.getElementById("svg").addEventListener("click", () => save(drawn(), "image/svg+xml;charset=utf-8", "svg"));
  document.getElementById("png").addEventListener("click", () => {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = made("canvas");
      // Twice the size, to be sharp on a slide.
      canvas.width = 2 * image.width;
      canvas.height = 2 * image.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, "image/png", "png"), "image/png");
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn())}`;
  });

  // -------------------------------------------------------------------------------------------------------

  root.hidden = false;
  window.addEventListener("hashchange", follow);
  // Where the page stays as wide, as when a phone hides its address bar, nothing is drawn anew.
  let width = plot.clientWidth;
  new ResizeObserver(() => {
    if (plot.clientWidth === width) return;
    width = plot.clientWidth;
    showChart();
  }).observe(plot);
  if (isState()) follow();
  else show();
})();
