// For browsers from 2017 on (Chrome 60); without a script, or in older ones, the page's own rows stay.
// Rows: id, name, area, county, html, pdf, state, area's page, a letter per dimension, kept, owed, then both per dimension.
const all = JSON.parse(document.getElementById("data").textContent), step = 200, sign = { b: "▼", a: "▲" };
const body = document.getElementById("rows"), more = document.getElementById("more"), find = document.getElementById("find");
const told = all.map(r => (r.slice(0, 4).join(" ") + [...r[8]].map((s, i) => s === "-" ? "" : " " + sign[s] + words.dimensions[i]).join("")).toLowerCase());
const ways = new Map();
let by = 0, way = 1, seen = step, county = "", area = "", state = "";
const rate = (r, i) => r[i + 1] ? r[i] / r[i + 1] : null;
function order() { // each column is sorted once, by rate or text and then by id; nothing owed is last whatever the order
  if (!ways.has(by)) {
    const key = by < 9 ? all.map(r => r[by]) : all.map(r => rate(r, by)), some = all.map((_, i) => i);
    const known = some.filter(i => key[i] !== null).sort((i, j) => key[i] < key[j] ? -1 : key[i] > key[j] ? 1 : i - j);
    ways.set(by, [known, some.filter(i => key[i] === null)]);
  }
  const [known, none] = ways.get(by);
  return (way > 0 ? known : known.slice().reverse()).concat(none);
}
const states = { b: r => r[8].includes("b"), a: r => r[8].includes("a"), f: r => r[6] !== 1 };
function isIn(i) {
  const r = all[i];
  return (!county || r[3] === county) && (!area || r[2] === area) && (!state || states[state](r));
}
function fill(box, some) { box.textContent = ""; some.forEach(one => box.appendChild(one)); }
function cell(row, kind) { const td = row.insertCell(); if (kind) td.className = kind; return td; }
function link(td, href, text) { if (href) { const a = td.appendChild(document.createElement("a")); a.href = href; a.textContent = text; td.append(" "); } else if (href === "") td.textContent = text; }
function bold(text, kind) { const b = document.createElement("b"); b.textContent = text; if (kind) b.className = kind; return b; }
function line(r) {
  const row = document.createElement("tr");
  const id = cell(row);
  link(id, r[4] || r[5] || "", r[0]);
  if (r[6] === 2) id.append(bold(words.failed, "fail"));
  else if (!r[6]) id.append(words.old);
  cell(row).textContent = r[1];
  link(cell(row), r[2] && r[7], r[2]);
  cell(row).textContent = r[3];
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
  const hits = order().filter(i => isIn(i) && asked.every(w => told[i].includes(w)));
  fill(body, hits.slice(0, seen).map(i => line(all[i])));
  document.getElementById("shown").textContent = hits.length;
  document.getElementById("none").hidden = hits.length > 0;
  more.hidden = hits.length <= seen;
}
document.querySelectorAll("thead button").forEach(b => b.onclick = () => {
  const next = +b.dataset.by; way = next === by ? -way : 1; by = next; draw();
  document.querySelectorAll("thead th").forEach(th => th.removeAttribute("aria-sort"));
  b.parentNode.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
});
function areas() { // those of the county, or all
  const some = [...new Set(all.filter(r => !county || r[3] === county).map(r => r[2]))].sort();
  const box = document.getElementById("area");
  fill(box, [new Option(words.areas, "")].concat(some.map(name => new Option(name, name))));
  box.value = area = some.includes(area) ? area : "";
}
function pressed(name, value) { document.querySelectorAll(`[data-${name}]`).forEach(b => b.setAttribute("aria-pressed", b.dataset[name] === value)); }
function again() { seen = step; pressed("county", county); pressed("state", state); draw(); }
document.querySelectorAll("[data-county]").forEach(b => b.onclick = () => { county = county === b.dataset.county ? "" : b.dataset.county; areas(); again(); });
document.querySelectorAll("[data-state]").forEach(b => b.onclick = () => { state = state === b.dataset.state ? "" : b.dataset.state; again(); });
document.getElementById("area").onchange = e => { area = e.target.value; again(); };
document.getElementById("clear").onclick = () => { county = area = state = find.value = ""; areas(); again(); };
areas();
find.oninput = () => { seen = step; draw(); };
more.onclick = () => { seen += step; draw(); };
draw();
window.onbeforeprint = () => { seen = all.length; draw(); };
window.onafterprint = again;
document.body.className = ""; // from here on the page may be searched and sorted
