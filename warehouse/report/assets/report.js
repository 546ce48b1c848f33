// Sorts, filters and saves the tables of the page. Without it every table is there, in its own order.
"use strict";
const isIndonesian = document.documentElement.lang === "id";

// A cell as it is seen, so that a spreadsheet of the page's language reads its numbers, and takes no text for a formula.
const cellOf = (cell) => {
  const text = (cell.querySelector("button") ? cell.firstChild : cell).textContent.trim().replace(/\s+/g, " ").replace(/^−(?=\d)/, "-");
  return '"' + (/^[=+@]|^-(?!\d)/.test(text) ? "'" + text : text).replaceAll('"', '""') + '"';
};

function save(table) {
  const rows = [table.tHead.rows[0], ...table.tBodies[0].rows].filter((row) => !row.hidden);
  const lines = rows.map((row) => [...row.cells].map(cellOf).join(isIndonesian ? ";" : ","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.download = (document.querySelector("h1").textContent + " " + table.caption.textContent).trim().replace(/[^\p{L}\p{N}]+/gu, "-") + ".csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

for (const table of document.querySelectorAll("table.sort")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const keep = document.createElement("button");
  keep.type = "button";
  keep.className = "keep";
  keep.textContent = document.body.dataset.keep;
  keep.setAttribute("aria-label", document.body.dataset.keep + ": " + table.caption.textContent);
  keep.addEventListener("click", () => save(table));
  table.closest(".scroll").after(keep);
  if (body.rows.length < 2) continue;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "↕";
    button.setAttribute("aria-label", (isIndonesian ? "Urutkan: " : "Sort: ") + head.textContent.trim());
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) { other.removeAttribute("aria-sort"); other.querySelector("button").textContent = "↕"; }
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      button.textContent = down ? "↓" : "↑";
      const numeric = head.classList.contains("n");
      const key = (row) => row.cells[column].dataset.v ?? (numeric || row.cells[column].classList.contains("day") ? null : row.cells[column].textContent.trim());
      const rows = [...body.rows].map((row) => [key(row), row]);
      rows.sort(([a], [b]) => {
        // What is not known stands last in either direction.
        if (a === null || b === null) return (a === null) - (b === null);
        const order = a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b, document.documentElement.lang, { numeric: true });
        return down ? -order : order;
      });
      body.append(...rows.map(([, row]) => row));
    });
    head.append(button);
  });
  if (!table.classList.contains("filter")) continue;
  const find = document.createElement("div"), label = document.createElement("label"), input = document.createElement("input"), count = document.createElement("span");
  find.className = "find";
  input.type = "search";
  label.append(document.body.dataset.filter + ": ", input);
  count.setAttribute("role", "status");
  const show = () => {
    const words = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      n += !row.hidden;
    }
    count.textContent = n + " " + document.body.dataset.rows;
  };
  input.addEventListener("input", show);
  show();
  find.append(label, count);
  table.closest(".scroll").before(find);
}
