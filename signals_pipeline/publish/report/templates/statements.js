(() => {
  const list = document.getElementById("statements");
  const section = document.getElementById("section");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const rows = [...list.children];
  const byRelevancy = [...rows].sort((a, b) => (b.dataset.relevancy || -1) - (a.dataset.relevancy || -1));
  const apply = () => {
    let n = 0;
    for (const row of order.value === "newest" ? rows : byRelevancy) {
      row.hidden = section.value !== "" && !row.dataset.sections.split(" ").includes(section.value);
      n += row.hidden ? 0 : 1;
      list.append(row);
    }
    shown.textContent = n < rows.length ? `${n} of ${rows.length} shown` : "";
  };
  document.getElementById("pick").hidden = false;
  section.addEventListener("change", apply);
  order.addEventListener("change", apply);
  apply();
})();
