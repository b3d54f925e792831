// The filter of the list of topics: by any name of a topic; whole words first, then beginnings, then the inside
// of words, which says something only of longer ones. The block "names" has the other names of the topics, by the row in which each stands.
(() => {
  const field = document.getElementById("filter");
  const said = document.getElementById("shown");
  const further = document.getElementById("further");
  const table = document.getElementById("filtered");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const others = JSON.parse(document.getElementById("names").textContent);
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const split = (text) => fold(text).split(/[^\p{L}\p{N}+#]+/u).filter(Boolean);
  const NONE = 3;
  const SHORT = 3;

  const named = rows.map((row, no) =>
    [row.cells[0].textContent, ...(others[no] ?? [])].map((name) => ({ name, words: split(name) })));

  // How well a word is found among others: 0 as one of them, 1 as a beginning, 2 inside of one.
  const found = (word, words) => {
    if (words.includes(word)) return 0;
    if (words.some((one) => one.startsWith(word))) return 1;
    return word.length > SHORT && words.some((one) => one.includes(word)) ? 2 : NONE;
  };
  const best = (asked, names) => {
    let first = { rank: NONE };
    for (const one of names) {
      const rank = Math.max(...asked.map((word) => found(word, one.words)));
      if (rank < first.rank) first = { rank, name: one.name };
    }
    return first;
  };
  const explain = (cell, name) => {
    if (name === undefined) delete cell.dataset.found;
    else cell.dataset.found = name;
  };

  // The rows in the order that the headers gave them.
  let ordered = rows;
  const apply = () => {
    const asked = split(field.value);
    const hits = new Map(rows.map((row, no) => [row, asked.length ? best(asked, named[no]) : { rank: 0 }]));
    const rank = (row) => hits.get(row).rank;
    rows.forEach((row, no) => {
      const { name } = hits.get(row);
      row.hidden = rank(row) === NONE;
      explain(row.cells[0], name === named[no][0].name ? undefined : name);
    });
    // Only what is shown is moved: to move thousands of rows takes a browser a while.
    const shown = ordered.filter((row) => !row.hidden).sort((a, b) => rank(a) - rank(b));
    body.prepend(...shown);
    const n = shown.length;
    said.textContent = asked.length ? `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown` : "";
    further.hidden = !asked.length;
    further.textContent = `Search all texts for “${field.value.trim()}”`;
    further.href = `search.html#${new URLSearchParams({ q: field.value.trim() })}`;
  };
  field.addEventListener("input", apply);
  table.addEventListener("sorted", () => {
    const isSorted = table.querySelector("[aria-sort]");
    ordered = isSorted ? [...body.rows] : rows;
    if (!isSorted) apply();
  });
  document.querySelector(".filter").hidden = false;
  // A browser may have kept what was typed before the page was left.
  if (field.value) apply();
})();
