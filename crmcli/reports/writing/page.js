"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const words = new Intl.Collator(document.documentElement.lang, { numeric: true });
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const numbers = head.classList.contains("n");
      const value = (row) => {
        const text = row.cells[at].textContent.trim();
        if (!numbers) return text || null;
        const number = parseFloat(text.replace(/[^0-9.-]/g, ""));
        return Number.isNaN(number) ? null : number;
      };
      const rows = Array.from(body.rows, (row) => [value(row), row]);
      // What is empty stays last, whichever way.
      rows.sort(([a], [b]) =>
        a === null || b === null
          ? (a === null) - (b === null)
          : sign * (numbers ? a - b : words.compare(a, b)),
      );
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const sorted = document.createDocumentFragment();
      for (const [, row] of rows) sorted.append(row);
      body.append(sorted);
    });
  });
}
// On paper a row of too many columns is a card, and each value needs its heading.
addEventListener("beforeprint", () => {
  for (const table of document.querySelectorAll("table.broad")) {
    const labels = Array.from(table.tHead.rows[0].cells, (head) => head.textContent);
    for (const row of table.tBodies[0].rows) {
      for (const cell of row.cells) cell.dataset.label = labels[cell.cellIndex];
    }
  }
});
