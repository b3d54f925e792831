/* What a page gives to take along: a file of what it shows, and its address. */
const Downloads = (() => {
  const save = (data, type, name) => {
    const url = URL.createObjectURL(data instanceof Blob ? data : new Blob([data], { type }));
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };

  /* A text as a cell; one that a spreadsheet may take for a formula gets an apostrophe in front. */
  const cell = (value) => {
    const text = typeof value === "string" ? value.replace(/^([\p{Z}\p{C}"']*[=+\-@＝＋－＠]|[\t\r\n])/u, "'$1") : String(value ?? "");
    return /[",;\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };

  /* Rows of values as a file that spreadsheets read. */
  const saveCsv = (rows, name) => {
    const text = `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
    save(text, "text/csv;charset=utf-8", name);
  };

  /* Copy a link; what came of it in words. Where the browser copies nothing, the link stands in its address bar. */
  const copied = async (link) => {
    const isLocal = location.protocol === "file:" ? " It leads to a file of this computer, so it helps others only once the report is on a shared address." : "";
    try {
      await navigator.clipboard.writeText(link);
      return `The link is copied.${isLocal}`;
    } catch {
      history.replaceState(null, "", link);
      return `The browser lets no page copy: take the link from the address bar.${isLocal}`;
    }
  };

  return { save, saveCsv, copied };
})();
