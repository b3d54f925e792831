/* The words of the field lead to the search, which shows signals with an outlook that have them. */
(() => {
  const form = document.getElementById("ask");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = new URLSearchParams({ q: document.getElementById("about").value, due: "any" });
    location.href = `search.html#${address}`;
  });
})();
