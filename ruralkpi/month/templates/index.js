// Rows: id, name, area, county, html, pdf, state, area's page, a letter per dimension, kept, owed, then both per dimension.
const all = JSON.parse(document.getElementById("data").textContent), step = 200, sign = { b: "▼", a: "▲" };
const body = document.getElementById("rows"), more = document.getElementById("more"), find = document.getElementById("find");
const told = all.map(r => (r.slice(0, 4).join(" ") + [...r[8]].map((s, i) => s === "-" ? "" : " " + sign[s] + words.dimensions[i]).join("")).toLowerCase());
const ways = new Map();
let by = 0, way = 1, seen = step;
const rate = (r, i) => r[i + 1] ? r[i] / r[i + 1] : 2;
function order() { // each column is sorted once, by rate or text and then by id
  if (!ways.has(by)) {
    const key = by < 9 ? all.map(r => r[by]) : all.map(r => rate(r, by));
    ways.set(by, all.map((_, i) => i).sort((i, j) => key[i] < key[j] ? -1 : key[i] > key[j] ? 1 : i - j));
  }
  return way > 0 ? ways.get(by) : ways.get(by).slice().reverse();
}
function cell(row, kind) { const td = row.insertCell(); if (kind) td.className = kind; return td; }
function link(td, href, text) { if (href) { const a = td.appendChild(document.createElement("a")); a.href = href; a.textContent = text; td.append(" "); } else if (href === "") td.textContent = text; }
function bold(text, kind) { const b = document.createElement("b"); b.textContent = text; if (kind) b.className = kind; return b; }
function line(r) {
  const row = document.createElement("tr");
  link(cell(row), r[4] || r[5] || "", r[0]);
  cell(row).textContent = r[1];
  link(cell(row), r[2] && r[7], r[2]);
  cell(row).textContent = r[3];
  const files = cell(row);
  link(files, r[4], "HTML"); link(files, r[5], "PDF");
  if (r[6] === 2) { files.append(words.failed); files.className = "fail"; }
  else if (!r[6]) files.append(words.old);
  for (let i = 9; i < r.length; i += 2) {
    const td = cell(row, r[i + 1] ? "num" : "num none"), s = r[8][(i - 11) / 2];
    if (!r[i + 1]) { td.textContent = "—"; continue; }
    if (sign[s]) td.append(Object.assign(bold(sign[s], s), { title: s === "b" ? words.below : words.above }), " ");
    td.append(bold(r[i]), "/" + r[i + 1]);
  }
  return row;
}
function draw() {
  const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = order().filter(i => asked.every(w => told[i].includes(w)));
  body.replaceChildren(...hits.slice(0, seen).map(i => line(all[i])));
  document.getElementById("shown").textContent = hits.length;
  more.hidden = hits.length <= seen;
}
document.querySelectorAll("thead button").forEach(b => b.onclick = () => {
  const next = +b.dataset.by; way = next === by ? -way : 1; by = next; draw();
  document.querySelectorAll("thead th").forEach(th => th.removeAttribute("aria-sort"));
  b.parentNode.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
});
find.oninput = () => { seen = step; draw(); };
more.onclick = () => { seen += step; draw(); };
draw();
