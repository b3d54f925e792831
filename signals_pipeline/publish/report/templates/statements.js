(() => {
  const list = document.getElementById("statements");
  const section = document.getElementById("section");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const others = document.getElementById("others");
  const found = others.getAttribute("href");
  const fold = document.querySelector("#statements + [data-first]");
  const rows = [...list.children];
  const byRelevancy = [...rows].sort((a, b) => (b.dataset.relevancy || -1) - (a.dataset.relevancy || -1));
  const apply = () => {
    const name = section.value;
    list.append(...(order.value === "newest" ? rows : byRelevancy));
    const own = name === "" ? rows : rows.filter((row) => row.dataset.sections.split(" ").includes(name));
    for (const row of rows) row.hidden = !own.includes(row);
    // One section is shown as far as the page holds it; the list of all is folded.
    if (fold) fold.hidden = name !== "";
    if (name === "") list.dispatchEvent(new Event("sorted"));
    const n = own.length;
    const { textContent, dataset } = section.selectedOptions[0];
    const ofAll = name !== "" && n < dataset.n ? ` of ${Number(dataset.n).toLocaleString("en")}` : "";
    const unrated = own.filter((row) => !row.dataset.relevancy).length;
    const standLast = `${unrated} without a rating ${unrated === 1 ? "stands" : "stand"} last`;
    const last = unrated && order.value !== "newest" ? standLast : "";
    const ofSection = name === "" ? "" : `${n}${ofAll} ${textContent}`;
    shown.textContent = [ofSection, last].filter(Boolean).join(", ") + (ofAll && " ·");
    others.hidden = !ofAll;
    others.href = `${found}&section=${name}`;
  };
  document.getElementById("pick").hidden = false;
  section.addEventListener("change", apply);
  order.addEventListener("change", apply);
  apply();
})();
