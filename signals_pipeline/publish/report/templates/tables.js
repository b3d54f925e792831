// Every table sorts by its headers: once, the other way round, and back to the order of the page.
// What a cell is worth is its data-v, or else what it says: a day, a number, "12 of 74, …" as a share, or text.
(() => {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const number = /^[×<>]?\s?([+-]?[\d,]*\.?\d+)(?: of ([\d,]*\d)(?=,))?(?![\w-])/;
  const amount = (digits) => Number(digits.replaceAll(",", ""));

  const worth = (cell, isNumeric) => {
    const text = (cell.dataset.v ?? cell.textContent).replaceAll("−", "-").replace(/\s+/g, " ").trim();
    if (!text || text === "–") return null;
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return Number(text.replaceAll("-", ""));
    const found = isNumeric && number.exec(text);
    if (!found) return text;
    return amount(found[1]) / (found[2] ? amount(found[2]) : 1) * (text[0] === "<" ? 0.999 : 1);
  };
  // What is empty comes last and words behind numbers, whichever way a column is sorted.
  const place = (value) => (value === null ? 2 : typeof value === "string" ? 1 : 0);
  const compare = (a, b, way) =>
    place(a) - place(b) || (a === null ? 0 : way * (typeof a === "string" ? collator.compare(a, b) : a - b));

  const sortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    let column = -1;
    for (const head of rows.length > 1 ? table.tHead.rows[0].cells : []) {
      column += head.colSpan;
      if (!head.textContent.trim()) continue;
      const own = column;
      const isNumeric = head.classList.contains("n") || "v" in rows[0].cells[own].dataset;
      const ways = isNumeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = ways[ways.indexOf(head.getAttribute("aria-sort")) + 1] ?? (head.ariaSort ? null : ways[0]);
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        if (way) head.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        const worths = new Map(rows.map((row) => [row, way && worth(row.cells[own], isNumeric)]));
        body.append(...[...rows].sort((a, b) => (way ? compare(worths.get(a), worths.get(b), sign) : 0)));
        table.dispatchEvent(new Event("sorted", { bubbles: true }));
      });
    }
  };

  // A long list shows its first rows and a button for all of them; on paper it is whole.
  const foldable = (hook) => {
    const list = hook.previousElementSibling;
    const items = () => list.querySelectorAll(":scope > li, tbody > tr");
    if (!items().length) return;
    const button = document.createElement("button");
    button.type = "button";
    let isFolded = true;
    const apply = () => {
      items().forEach((item, no) => { item.hidden = isFolded && no >= Number(hook.dataset.first); });
      button.textContent = isFolded ? hook.dataset.all : `Show the first ${hook.dataset.first}`;
      button.setAttribute("aria-expanded", String(!isFolded));
    };
    button.addEventListener("click", () => { isFolded = !isFolded; apply(); });
    list.addEventListener("sorted", apply);
    const isCut = () => isFolded && !hook.hidden;
    addEventListener("beforeprint", () => isCut() && items().forEach((item) => { item.hidden = false; }));
    addEventListener("afterprint", () => isCut() && apply());
    hook.append(button);
    hook.hidden = false;
    apply();
  };

  // A drawing that is wider than the screen starts with its middle.
  const centre = (wide) => { wide.scrollLeft = (wide.scrollWidth - wide.clientWidth) / 2; };

  document.querySelectorAll("table").forEach(sortable);
  document.querySelectorAll("[data-first]").forEach(foldable);
  document.querySelectorAll("[data-middle]").forEach(centre);
})();
