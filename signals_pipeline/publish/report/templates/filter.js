(() => {
  const field = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#filtered tbody tr")];
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = rows.map((row) => fold(row.cells[0].textContent + " " + row.cells[1].textContent));
  const apply = () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    let n = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      n += row.hidden ? 0 : 1;
    });
    shown.textContent = words.length ? `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown` : "";
  };
  document.querySelector(".filter").hidden = false;
  field.addEventListener("input", apply);
  apply();
})();
