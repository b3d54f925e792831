// The filters of the list of topics, which the address holds: by stage, and by any name of a topic; whole words
// first, then beginnings, then the inside of words, which says something only of longer ones. The block "names" has the other names of the topics, by the row in which each stands.
(() => {
  const field = document.getElementById("filter");
  const stage = document.getElementById("stage");
  const said = document.getElementById("shown");
  const further = document.getElementById("further");
  const table = document.getElementById("filtered");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const others = JSON.parse(document.getElementById("names").textContent);
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const split = (text) => fold(text).split(/[^\p{L}\p{N}+#]+/u).filter(Boolean);
  const STAGE = 1;
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
    const found = (row, no) => {
      if (stage.value && row.cells[STAGE].textContent !== stage.value) return { rank: NONE };
      return asked.length ? best(asked, named[no]) : { rank: 0 };
    };
    const hits = new Map(rows.map((row, no) => [row, found(row, no)]));
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
    said.textContent = asked.length || stage.value ? `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown` : "";
    further.hidden = !asked.length;
    further.textContent = `Search all texts for “${field.value.trim()}”`;
    further.href = `search.html#${new URLSearchParams({ q: field.value.trim() })}`;
  };
  // What a stage means is told to whoever points at it.
  const meanings = new Map([...stage.options].map((one) => [one.value, one.dataset.means]));
  for (const row of rows) row.cells[STAGE].title = meanings.get(row.cells[STAGE].textContent) ?? "";
  const fields = [field, stage];
  const toAddress = () => {
    const chosen = fields.filter((one) => one.value.trim()).map((one) => [one.id, one.value.trim()]);
    history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
  };
  const fromAddress = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    if (!fields.some((one) => address.has(one.id))) return;
    for (const one of fields) one.value = address.get(one.id) ?? "";
    // An address may name a stage that no topic is in.
    if (stage.selectedIndex < 0) stage.value = "";
    apply();
  };
  for (const one of fields) one.addEventListener("input", () => { apply(); toAddress(); });
  addEventListener("hashchange", fromAddress);
  table.addEventListener("sorted", () => {
    const isSorted = table.querySelector("[aria-sort]");
    ordered = isSorted ? [...body.rows] : rows;
    if (!isSorted) apply();
  });
  document.querySelector(".filter").hidden = false;
  // A browser may have kept what was typed before the page was left.
  if (field.value || stage.value) apply();
  fromAddress();
})();
