// The field leads to the page that searches all texts.
(() => {
  const form = document.getElementById("find");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = `search.html#${new URLSearchParams({ q: form.q.value.trim() })}`;
  });
  form.hidden = false;
})();
