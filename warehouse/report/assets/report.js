// Sorts, filters, compares and saves the tables of the page, saves its charts, and keeps in its address what was chosen. Without it every table is there, in its
// own order.
"use strict";
const isIndonesian = document.documentElement.lang === "id", words = document.body.dataset, here = document.currentScript.src;
const named = (name, about = {}, ...inside) => { const one = Object.assign(document.createElement(name), about); one.append(...inside); return one; };
const slug = (text) => text.trim().toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
// What is read of a cell: without the button that sorts by it.
const textOf = (cell) => (cell.querySelector("button") ? cell.firstChild : cell).textContent.trim().replace(/\s+/g, " ").replace(/^−(?=\d|Rp)/, "-");

// What was chosen stands behind # as table.control=value, so that a link shows what its sender saw.
const controls = new Map();
const chosen = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
function choose(key, value) {
  const all = chosen();
  if (value) all.set(key, value); else all.delete(key);
  history.replaceState(null, "", "#" + all);
}
function restore() {
  const all = chosen();
  for (const [key, set] of controls) set(all.get(key) ?? "");
  const first = [...all.keys()].find((key) => controls.has(key));
  if (first) document.getElementById(first.split(".")[0])?.scrollIntoView();
}
const select = (label, options, key, changed) => {
  const box = named("select", {}, ...options.map(([value, text]) => named("option", { value }, text)));
  box.addEventListener("change", () => { choose(key, box.value === options[0][0] ? "" : box.value); changed(); });
  controls.set(key, (value) => { box.value = options.some(([known]) => known === value) ? value : options[0][0]; changed(); });
  return [named("label", {}, label + ": ", box), box];
};

const seen = (table) => [table.tHead.rows[0], ...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => [...row.cells].filter((cell) => !cell.hidden));
const fileName = (title, ending) => (document.querySelector("h1").textContent + " " + title.textContent).trim().replace(/[^\p{L}\p{N}]+/gu, "-") + ending;

function saveBlob(text, type, download) {
  const link = named("a", { href: URL.createObjectURL(new Blob([text], { type })), download });
  link.click();
  URL.revokeObjectURL(link.href);
}

// Cells as they are seen, so that a spreadsheet of the page's language reads their numbers, and takes no text for a formula.
function saveText(table) {
  const cell = (text) => '"' + (/^[=@]|^\+(?!(Rp)?[\d.,]+%?$)|^-(?!\d|Rp)/.test(text) ? "'" + text : text).replaceAll('"', '""') + '"';
  const lines = seen(table).map((row) => row.map((one) => cell(textOf(one))).join(isIndonesian ? ";" : ","));
  saveBlob("\ufeff" + lines.join("\r\n") + "\r\n", "text/csv", fileName(table.caption, ".csv"));
}

async function saveSheets(sheets, name) {
  if (!self.writeXlsxFile) await new Promise((there, failed) => document.head.append(named("script", { src: new URL("write-excel-file.js", here), onload: there, onerror: failed })));
  await writeXlsxFile(sheets).toFile(name);
}

// A button that saves something, or says that it cannot.
function keep(text, about, save) {
  const button = named("button", { type: "button", className: "keep", textContent: text });
  button.setAttribute("aria-label", `${text}: ${about}`);
  button.addEventListener("click", () => Promise.resolve(save()).catch(() => button.replaceWith(named("span", { role: "alert", textContent: words.unsaved }))));
  return button;
}

// The sheet in which a decision on one flag is told, with what is known of it: who decides writes the rest and sends it in.
function saveDecision(card) {
  const heads = words.decision.split("|"), known = [card.dataset.flag, card.dataset.action];
  const data = [heads.map((value) => ({ value, fontWeight: "bold" })), heads.map((_, at) => (known[at] ? { value: known[at], type: String } : null))];
  return saveSheets([{ sheet: "Data", data, columns: heads.map((head, at) => ({ width: 4 + Math.max(head.length, known[at]?.length ?? 0) })) }], `tindak-lanjut-${card.id}.xlsx`);
}

// A workbook with numbers as numbers and days as days; a second sheet says where they come from.
async function saveWorkbook(table) {
  const cell = (one) => {
    const text = textOf(one), value = one.dataset.v ?? "";
    if (one.closest("thead")) return { value: text, fontWeight: "bold" };
    if (one.classList.contains("day") && value) return { value: new Date(value), format: /^\d/.test(text) ? "yyyy-mm-dd" : "yyyy-mm" };
    const isNumber = value !== "" && isFinite(value) && /^[-+]?(Rp\s?)?[\d.,\s]+%?$/.test(text);
    return isNumber ? { value: Number(value), format: text.endsWith("%") ? "0.0%" : undefined } : { value: text, type: String };
  };
  const rows = seen(table), caption = table.caption.textContent;
  // A share can be reckoned with: what it is made of stands in a column of its own beside it.
  const made = (one) => (one.dataset.v && /^(< )?[\d.,]+%/.test(textOf(one)) ? one.querySelector("small") : null);
  const shares = rows[0].map((_, at) => rows.some((row) => made(row[at])));
  const parts = (one, at) => {
    if (!shares[at]) return [cell(one)];
    if (one.closest("thead")) return [cell(one), { ...cell(one), value: textOf(one) + " (n)" }];
    const counts = made(one);
    return counts ? [{ value: Number(one.dataset.v), format: "0.0%" }, { value: textOf(counts).replace(/^\(|\)$/g, ""), type: String }] : [cell(one), null];
  };
  const data = rows.map((row) => row.flatMap(parts)), wide = (one) => (typeof one?.value === "string" ? one.value.length : 12);
  const about = [document.querySelector("h1").textContent, caption, ...[...chosen()].map((pair) => pair.join(": ")), ...[...document.querySelectorAll("footer p")].map(textOf)];
  await saveSheets([
    { sheet: caption.replace(/[\\/?*[\]:]/g, " ").trim().slice(0, 31), data, stickyRowsCount: 1,
      columns: data[0].map((_, at) => ({ width: Math.min(60, 2 + Math.max(...data.map((row) => wide(row[at])))) })) },
    { sheet: words.about, data: about.map((text) => [{ value: text, type: String }]), columns: [{ width: 100 }] },
  ], fileName(table.caption, ".xlsx"));
}

function sortable(table, body, heads) {
  const order = (column, down) => {
    for (const head of heads) { head.removeAttribute("aria-sort"); head.querySelector("button").textContent = "↕"; }
    const head = heads[column];
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    head.querySelector("button").textContent = down ? "↓" : "↑";
    const numeric = head.classList.contains("n");
    const key = (row) => row.cells[column].dataset.v ?? (numeric || row.cells[column].classList.contains("day") ? null : row.cells[column].textContent.trim());
    const rows = [...body.rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      // What is not known stands last in either direction.
      if (a === null || b === null) return (a === null) - (b === null);
      const first = a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b, document.documentElement.lang, { numeric: true });
      return down ? -first : first;
    });
    body.append(...rows.map(([, row]) => row));
  };
  heads.forEach((head, column) => {
    const button = named("button", { type: "button", textContent: "↕" });
    button.setAttribute("aria-label", (isIndonesian ? "Urutkan: " : "Sort: ") + head.textContent.trim());
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      choose(`${table.id}.sort`, column + 1 + (down ? "-" : ""));
      order(column, down);
    });
    head.append(button);
  });
  controls.set(`${table.id}.sort`, (value) => { if (heads[parseInt(value) - 1]) order(parseInt(value) - 1, value.endsWith("-")); });
}

// Charts that have rows of the table by their keys follow its filter.
function dim(body) {
  const keys = [...body.rows].filter((row) => row.dataset.key && !row.hidden).map((row) => row.dataset.key);
  const all = [...body.rows].map((row) => row.dataset.key);
  const among = (key, rows) => rows.some((row) => row === key || row?.startsWith(key + "|"));
  for (const part of document.querySelectorAll("figure [data-row]")) {
    const key = part.dataset.row;
    if (key && among(key, all)) part.classList.toggle("dim", !among(key, keys));
  }
}

function filterable(table, body, heads) {
  const input = named("input", { type: "search" }), count = named("span"), only = named("small", { textContent: words.only }), find = named("div", { className: "find" }), picks = [];
  count.setAttribute("role", "status");
  const show = () => {
    const asked = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const row of body.rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !asked.every((word) => text.includes(word)) || !picks.every(([box, of]) => box.value === "" || of(row) === box.value);
    }
    const shown = [...body.rows].filter((row) => !row.hidden).length;
    count.textContent = shown + " " + words.rows;
    only.hidden = shown === body.rows.length;
    dim(body);
  };
  heads.forEach((head, column) => {
    if (!head.classList.contains("pick")) return;
    const of = (row) => {
      const text = textOf(row.cells[column]), value = row.cells[column].dataset.v;
      return /^\d{4}-\d\d-\d\d$/.test(value) && /^\d/.test(text) ? value.slice(0, 4) : text; // of days the year is chosen
    };
    const values = [...new Set([...body.rows].map(of))];
    if (values.length < 2 || values.length === body.rows.length) return;
    const [label, box] = select(textOf(head), [["", words.all], ...values.map((value) => [value, value])], `${table.id}.${slug(textOf(head))}`, () => show());
    picks.push([box, of]);
    find.append(label);
  });
  if (table.classList.contains("filter")) {
    input.addEventListener("input", () => { choose(`${table.id}.q`, input.value); show(); });
    controls.set(`${table.id}.q`, (value) => { input.value = value; show(); });
    find.prepend(named("label", {}, words.filter + ": ", input));
  }
  if (!find.children.length) return;
  show();
  find.append(count, only);
  table.closest(".scroll").before(find);
}

// Of a table with a column for each program two are shown, side by side.
function comparable(table) {
  const options = [...table.tHead.rows[0].cells].slice(1).map((head) => [head.dataset.code, head.textContent.trim()]), find = named("div", { className: "find" }), boxes = [];
  const show = () => {
    // A program beside itself is no comparison: who comes from the page of the second program sees it beside the first.
    const [one, other] = boxes;
    if (one.value === other.value) other.value = options.find(([code]) => code !== one.value)[0];
    for (const box of boxes) for (const option of box.options) option.disabled = option.value === (box === one ? other : one).value;
    for (const row of [table.tHead.rows[0], ...table.tBodies[0].rows])
      [...row.cells].slice(1).forEach((cell, at) => { cell.hidden = !boxes.some((box) => box.value === options[at][0]); });
  };
  ["a", "b"].forEach((name, at) => {
    const [label, box] = select(`${words.program} ${at + 1}`, at ? [...options.slice(1), ...options.slice(0, 1)] : options, `${table.id}.${name}`, () => show());
    boxes.push(box);
    find.append(label);
  });
  show();
  table.closest(".scroll").before(find);
}

const ids = new Map();
for (const table of document.querySelectorAll("table.sort")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], name = slug(table.caption.textContent);
  ids.set(name, (ids.get(name) ?? 0) + 1);
  table.id ||= ids.get(name) > 1 ? `${name}-${ids.get(name)}` : name;
  const caption = table.caption.textContent;
  table.closest(".scroll").after(named("div", { className: "keeps" }, keep(words.keep, caption, () => saveText(table)), keep(words.workbook, caption, () => saveWorkbook(table))));
  if (table.classList.contains("beside")) { if (heads.length > 2) comparable(table); }
  else if (body.rows.length > 1) { sortable(table, body, heads); filterable(table, body, heads); }
}
for (const card of document.querySelectorAll("article[data-flag]")) card.append(keep(words.decide, card.dataset.flag, () => saveDecision(card)));
// A chart by itself has the colours of white paper.
for (const chart of document.querySelectorAll("figure > svg")) {
  const title = chart.parentElement.querySelector("figcaption");
  const button = keep(words.image, title.textContent, () => saveBlob(new XMLSerializer().serializeToString(chart), "image/svg+xml", fileName(title, ".svg")));
  const link = named("a", { className: "keep", href: "#" + chart.parentElement.id, textContent: words.link });
  link.setAttribute("aria-label", `${words.link}: ${title.textContent}`);
  chart.parentElement.append(button, " ", link);
}
// A link to a place of the page leaves what was chosen as it is.
const follow = () => { if (location.hash.includes("=")) restore(); };
follow();
addEventListener("hashchange", follow);
