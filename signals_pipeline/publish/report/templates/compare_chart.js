/* The chart: one SVG of the values of some topics, all on one scale, together or each in a field of its own. */
const compareChart = (() => {
  const DASHES = ["", "7 3", "2 3", "11 3 2 3", "5 5", "1 4", "14 4", "9 3 2 3 2 3"];
  const MARKS = [
    d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond,
    d3.symbolStar, d3.symbolCross, d3.symbolWye, d3.symbolSquare2,
  ];
  const MOST = MARKS.length;
  const LINE = 15;

  const element = (name, attributes = {}, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  };

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12.5px ${getComputedStyle(document.body).fontFamily}`;
  const wide = (text) => pen.measureText(text).width;

  const clipped = (text, room) => {
    if (wide(text) <= room) return text;
    let end = text.length;
    while (end > 1 && wide(`${text.slice(0, end)}…`) > room) end -= 1;
    return `${text.slice(0, end).trimEnd()}…`;
  };

  /* A text in lines that have room, so many at most. */
  const wrapped = (text, room, most) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (wide(longer) <= room || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    const kept = lines.slice(0, most);
    if (lines.length > most) kept[most - 1] = `${kept[most - 1]} ${lines.slice(most).join(" ")}`;
    return kept.map((line) => clipped(line, room));
  };

  /* The sign of a line: a piece of it with its mark, also for the lists beside the chart. */
  const sign = (no) => {
    const svg = element("svg", { class: "sign", width: 30, height: 14, viewBox: "0 0 30 14", "aria-hidden": "true" });
    svg.append(
      element("path", { class: `line s${no}`, "stroke-dasharray": DASHES[no], d: "M0 7H30" }),
      element("path", { class: `dot s${no}`, transform: "translate(15 7)", d: d3.symbol(MARKS[no], 40)() }),
    );
    return svg;
  };

  /* Where the scale ends: it holds every value, and of the intervals what is not far above them. */
  const heightOf = (series, view) => {
    const largest = view === "count"
      ? d3.max(series, (one) => d3.max(one.values, (v) => (v.n ? v.x : 0))) || 1
      : Math.min(
          d3.max(series, (one) => d3.max(one.values, (v) => v.high ?? 0)) || 1,
          2 * d3.max(series, (one) => d3.max(one.values, (v) => v.share ?? 0)) || 1,
        );
    return d3.nice(0, largest, 5)[1];
  };

  /* Where texts stand that want to stand at some heights, so far apart that none touches another. */
  const spread = (wanted, heights, top, bottom) => {
    const order = d3.sort(d3.range(wanted.length), (i) => wanted[i]);
    const at = [];
    let least = top;
    for (const i of order) {
      at[i] = Math.max(wanted[i] - heights[i] / 2, least);
      least = at[i] + heights[i];
    }
    let most = bottom;
    for (const i of order.toReversed()) {
      at[i] = Math.min(at[i], most - heights[i]);
      most = at[i];
    }
    return at;
  };

  /* The marks of an axis: round numbers from 0 on. */
  const upTicks = (top, view) => {
    const ticks = d3.ticks(0, top, 5);
    return view === "count" ? ticks.filter(Number.isInteger) : ticks;
  };

  const xAxis = (group, periods, x, left, right, bottom) => {
    const each = (right - left) / periods.length;
    const grain = periods[0].start === periods[0].end ? "month" : periods[0].label.includes("Q") ? "quarter" : "year";
    if (grain === "year" || each >= 62) {
      const every = Math.ceil(36 / each);
      periods.forEach((period, no) => {
        if (no % every === 0) {
          group.append(element("text", { class: "tick", x: x(no), y: bottom + 18, "text-anchor": "middle" }, period.label));
        }
      });
      return;
    }
    const years = d3.groups(d3.range(periods.length), (no) => periods[no].start.slice(0, 4));
    const every = Math.ceil(38 / (each * d3.max(years, ([, own]) => own.length)));
    years.forEach(([year, own], no) => {
      const start = left + own[0] * each;
      if (no) group.append(element("path", { class: "axis", d: `M${start} ${bottom}v6` }));
      if (no % every === 0 && (own.length * each >= 34 || years.length === 1)) {
        const middle = start + (own.length * each) / 2;
        group.append(element("text", { class: "tick", x: middle, y: bottom + 20, "text-anchor": "middle" }, year));
      }
    });
  };

  const curve = (one, periods, x, y, view, each) => {
    const group = element("g", { class: "series", "data-no": one.no });
    const points = one.values.map((value, no) => ({
      ...{ value, no, isPartial: periods[no].isPartial },
      at: !value.n ? null : view === "count" ? value.x : value.share,
    }));
    const isThere = (point) => point.at !== null;
    const isAlone = (point) => isThere(point) && ![points[point.no - 1], points[point.no + 1]].some((p) => p && isThere(p));
    if (view === "share") {
      const band = d3.area().defined(isThere).x((p) => x(p.no)).y0((p) => y(p.value.low)).y1((p) => y(p.value.high));
      group.append(element("path", { class: `band s${one.no}`, d: band(points) || "" }));
      for (const p of points.filter(isAlone)) {
        group.append(element("path", { class: "whisker", d: `M${x(p.no)} ${y(p.value.low)}V${y(p.value.high)}` }));
      }
    }
    const whole = d3.line().defined((p) => isThere(p) && !p.isPartial).x((p) => x(p.no)).y((p) => y(p.at));
    const line = { class: `line s${one.no}`, "stroke-dasharray": DASHES[one.no] };
    group.append(element("path", { ...line, d: whole(points) || "" }));
    for (const [a, b] of d3.pairs(points)) {
      if (isThere(a) && isThere(b) && (a.isPartial || b.isPartial)) {
        group.append(element("path", { ...line, class: `${line.class} partial`, d: `M${x(a.no)} ${y(a.at)}L${x(b.no)} ${y(b.at)}` }));
      }
    }
    const size = Math.max(7, Math.min(38, each * each * 0.14));
    for (const p of points.filter(isThere)) {
      const dot = element("path", {
        class: `dot s${one.no}${p.isPartial ? " hollow" : ""}`,
        transform: `translate(${x(p.no)} ${y(p.at)})`,
        d: d3.symbol(MARKS[one.no], size)(),
      });
      const partial = p.isPartial ? " (partial)" : "";
      dot.append(element("title", {}, `${one.name}, ${periods[p.no].label}${partial}: ${compareData.inFull(p.value)}`));
      group.append(dot);
    }
    return group;
  };

  const lastOf = (one, view) => {
    const no = one.values.findLastIndex((value) => value.n);
    if (no < 0) return null;
    const value = one.values[no];
    return { no, at: view === "count" ? value.x : value.share, told: view === "count" ? compareData.number(value.x) : compareData.percent(value.share) };
  };

  /* A field of a chart: axes, lines and what names them at their ends. */
  const field = (svg, series, periods, view, top, box) => {
    const each = (box.right - box.left) / periods.length;
    const x = (no) => box.left + (no + 0.5) * each;
    const y = (value) => box.bottom - ((box.bottom - box.top) * Math.min(value, top)) / top;
    for (const tick of upTicks(top, view)) {
      svg.append(
        element("path", { class: tick ? "grid" : "axis", d: `M${box.left} ${y(tick)}H${box.right}` }),
        element("text", { class: "tick", x: box.left - 8, y: y(tick) + 4, "text-anchor": "end" },
          view === "count" ? compareData.number(tick) : compareData.percent(tick)),
      );
    }
    xAxis(svg, periods, x, box.left, box.right, box.bottom);
    for (const one of series) svg.append(curve(one, periods, x, y, view, each));
    return { ...box, x, y, each, series };
  };

  const ends = (svg, series, view, place, room) => {
    const known = series.map((one) => ({ one, last: lastOf(one, view) })).filter(({ last }) => last);
    const texts = known.map(({ one, last }) => {
      const lines = wrapped(one.name, room - 34, 2);
      const isBeside = wide(`${lines.at(-1)} ${last.told}`) <= room - 34;
      return isBeside ? [...lines.slice(0, -1), [lines.at(-1), last.told]] : [...lines, ["", last.told]];
    });
    const heights = texts.map((lines) => lines.length * LINE + 4);
    const at = spread(known.map(({ last }) => place.y(last.at)), heights, place.top - 8, place.bottom + 14);
    known.forEach(({ one, last }, i) => {
      const middle = at[i] + heights[i] / 2;
      const start = place.x(last.no) + 6;
      svg.append(
        element("path", { class: "leader", d: `M${start} ${place.y(last.at)}L${place.right + 6} ${middle}` }),
        element("path", { class: `line s${one.no}`, "stroke-dasharray": DASHES[one.no], d: `M${place.right + 8} ${middle}h20` }),
        element("path", { class: `dot s${one.no}`, transform: `translate(${place.right + 18} ${middle})`, d: d3.symbol(MARKS[one.no], 34)() }),
      );
      const text = element("text", { class: "end", "data-no": one.no });
      texts[i].forEach((line, no) => {
        const [name, told] = Array.isArray(line) ? line : [line, ""];
        const span = element("tspan", { x: place.right + 34, y: at[i] + 2 + (no + 0.8) * LINE }, name);
        if (told) span.append(element("tspan", { class: "told" }, `${name ? " " : ""}${told}`));
        text.append(span);
      });
      svg.append(text);
    });
  };

  /* What names the lines below a narrow chart, which has no room at their ends: lines of text for each. */
  const legendOf = (series, view, width) => series.map((one) => {
    const told = lastOf(one, view)?.told ?? "";
    return { one, told, lines: wrapped(one.name, width - 50 - wide(told), 2) };
  });

  const legend = (svg, rows, top) => {
    let y = top;
    for (const { one, told, lines } of rows) {
      const middle = y + LINE / 2;
      svg.append(
        element("path", { class: `line s${one.no}`, "stroke-dasharray": DASHES[one.no], d: `M2 ${middle}h28` }),
        element("path", { class: `dot s${one.no}`, transform: `translate(16 ${middle})`, d: d3.symbol(MARKS[one.no], 34)() }),
      );
      const text = element("text", { class: "end", "data-no": one.no });
      lines.forEach((line, no) => text.append(element("tspan", { x: 38, y: y + (no + 0.8) * LINE }, line)));
      text.append(element("tspan", { class: "told" }, ` ${told}`));
      svg.append(text);
      y += lines.length * LINE + 4;
    }
  };

  /* The chart as an element, with the fields in which something can be pointed at. */
  const draw = ({ series, periods, view, grain, isApart, width }) => {
    const top = heightOf(series, view);
    const isNarrow = width < 560;
    const texts = series.map((one) => one.name);
    const what = view === "count" ? "Cards" : "Share of the cards";
    const span = periods.length > 1 ? `${periods[0].label} to ${periods.at(-1).label}` : periods[0].label;
    const title = `${what}, by ${grain}, ${span}`;
    const partial = periods.some((period) => period.isPartial) ? " Hollow: the period is not complete." : "";
    const foot = `${view === "share" ? `Bands: ${compareData.block.interval} intervals.` : ""}${partial} Newsletter issues up to ${compareData.block.lastIssue}.`.trim();
    const notes = wrapped(foot, width - 8, 3);
    const heads = wrapped(title, (width - 8) / 1.25, 2);
    const start = heads.length * 18 + 12;
    const columns = isApart ? Math.max(1, Math.min(3, Math.floor(width / 270), series.length)) : 1;
    const rows = isApart ? Math.ceil(series.length / columns) : 1;
    const tall = isApart ? 190 : isNarrow ? 330 : 410;
    const named = isNarrow && !isApart ? legendOf(series, view, width) : [];
    const below = d3.sum(named, ({ lines }) => lines.length * LINE + 4) + (named.length ? 8 : 0);
    const height = start + rows * tall + below + notes.length * LINE + 6;
    const svg = element("svg", { class: series.length > 4 && !isApart ? "compared crowded" : "compared", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${texts.join(", ")}` });
    heads.forEach((line, no) => svg.append(element("text", { class: "head", x: 2, y: 15 + no * 18 }, line)));
    notes.forEach((line, no) => svg.append(element("text", { class: "note", x: 2, y: height - 4 - (notes.length - 1 - no) * LINE }, line)));
    const left = 10 + Math.ceil(d3.max(upTicks(top, view), (tick) => wide(view === "count" ? compareData.number(tick) : compareData.percent(tick))));
    const places = [];
    if (isApart) {
      series.forEach((one, no) => {
        const across = width / columns;
        const x = (no % columns) * across;
        const y = start + Math.floor(no / columns) * tall;
        const lines = wrapped(one.name, across - 60, 1);
        const box = { left: x + left, right: x + across - 58, top: y + 26, bottom: y + tall - 38 };
        const name = element("text", { class: "end name", x: x + 36, y: y + 10 }, lines[0]);
        svg.append(
          element("path", { class: `line s${one.no}`, "stroke-dasharray": DASHES[one.no], d: `M${x + 2} ${y + 6}h28` }),
          element("path", { class: `dot s${one.no}`, transform: `translate(${x + 16} ${y + 6})`, d: d3.symbol(MARKS[one.no], 34)() }),
          name,
        );
        const place = field(svg, [one], periods, view, top, box);
        const last = lastOf(one, view);
        if (last) svg.append(element("text", { class: "end told", x: place.x(last.no) + 8, y: place.y(last.at) + 4 }, last.told));
        places.push(place);
      });
    } else {
      const longest = Math.ceil(d3.max(texts, (text) => wide(text))) + 90;
      const room = isNarrow ? 8 : Math.min(longest, Math.max(120, width * 0.3));
      const box = { left, right: width - room - 8, top: start + 6, bottom: start + tall - 34 };
      const place = field(svg, series, periods, view, top, box);
      if (isNarrow) legend(svg, named, start + tall);
      else ends(svg, series, view, place, room);
      places.push(place);
    }
    return { svg, places };
  };

  /* A rule at a period with a ring around each value, in every field. */
  const pointed = (svg, places, periods, view, no) => {
    svg.querySelectorAll(".now").forEach((old) => old.remove());
    if (no === null) return;
    for (const place of places) {
      const group = element("g", { class: "now" });
      group.append(element("path", { class: "mark", d: `M${place.x(no)} ${place.top}V${place.bottom}` }));
      for (const one of place.series) {
        const value = one.values[no];
        if (value.n) group.append(element("circle", { class: `ring s${one.no}`, cx: place.x(no), cy: place.y(view === "count" ? value.x : value.share), r: 6.5 }));
      }
      const anchor = place.x(no) < place.left + 40 ? "start" : place.x(no) > place.right - 40 ? "end" : "middle";
      group.append(element("text", { class: "at", x: place.x(no), y: place.top - 4, "text-anchor": anchor }, periods[no].label));
      svg.append(group);
    }
  };

  /* What is dragged over, in every field. */
  const dragged = (svg, places, range) => {
    svg.querySelectorAll(".dragged").forEach((old) => old.remove());
    if (!range) return;
    for (const place of places) {
      const x = place.left + range[0] * place.each;
      svg.append(element("rect", { class: "dragged", x, y: place.top, width: (range[1] - range[0] + 1) * place.each, height: place.bottom - place.top }));
    }
  };

  const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "font-family", "font-size", "font-weight", "font-style"];

  /* The chart as a file that needs no style sheet: what the page draws it with stands at each element. */
  const alone = (svg) => {
    const copy = svg.cloneNode(true);
    const originals = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((one, i) => {
      const style = getComputedStyle(originals[i]);
      for (const name of one.tagName === "title" ? [] : KEPT) one.setAttribute(name, style.getPropertyValue(name));
      one.removeAttribute("class");
    });
    const paper = getComputedStyle(document.body).backgroundColor;
    copy.prepend(element("rect", { width: "100%", height: "100%", fill: paper }));
    return new XMLSerializer().serializeToString(copy);
  };

  return { MOST, draw, pointed, dragged, sign, alone };
})();
