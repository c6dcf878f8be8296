"use strict";
(() => {
const box = document.querySelector(".rk-plot");
if (!box || !window.Plotly) return;
const d = JSON.parse(box.dataset.trend), w = d.words, ink = "#1b2226", blue = "#0b6aa6", red = "#c5471a";
const traces = [], n = d.lines.length, small = box.clientWidth < 520;
d.lines.forEach((l, i) => {
traces.push({ x: d.months, y: l.area, name: w.area, mode: "lines", line: { color: "#59656d", dash: "dash" }, visible: !i });
traces.push({ x: d.months, y: l.own, text: l.n, hovertemplate: "%{y} %" + w.n, name: w.own, mode: "lines+markers", line: { color: blue }, visible: !i });
});
traces.push({ type: "waterfall", x: [w.owed, ...d.fall.map(f => f[0]), w.kept], y: [d.owed, ...d.fall.map(f => f[1]), 0],
measure: ["absolute", ...d.fall.map(() => "relative"), "total"], textposition: "outside", texttemplate: "%{delta}", visible: false, showlegend: false,
decreasing: { marker: { color: red } }, totals: { marker: { color: blue } }, connector: { line: { color: "#59656d", width: 1 } } });
const breaks = l => l.changed.map(x => ({ type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line: { color: "#59656d", dash: "dash", width: 1 } }));
const pick = i => traces.map((_, k) => i < n ? k >> 1 === i && k < 2 * n : k === 2 * n);
const short = s => small && s.length > 26 ? s.slice(0, 25) + "…" : s;
const menu = d.lines.map((l, i) => ({ label: short(w.trend + l.label), method: "update", args: [{ visible: pick(i) }, { "yaxis.range": [0, 103], "yaxis.ticksuffix": " %", "xaxis.type": "category", shapes: breaks(l) }] }));
menu.push({ label: w.fall, method: "update", args: [{ visible: pick(n) }, { "yaxis.range": [0, d.owed * 1.12], "yaxis.ticksuffix": "", "xaxis.type": "category", shapes: [] }] });
Plotly.newPlot(box, traces, { height: 320, margin: { l: 48, r: 12, t: 44, b: 32 }, shapes: breaks(d.lines[0]), font: { color: ink, size: 12, family: getComputedStyle(box).fontFamily }, hoverlabel: { font: { family: getComputedStyle(box).fontFamily } }, legend: small ? { orientation: "h", x: 0, y: -0.14 } : { orientation: "h", x: 1, xanchor: "right", y: 1.16 },
yaxis: { range: [0, 103], ticksuffix: " %", gridcolor: "#d5dbdf" }, xaxis: { type: "category", tickangle: 0, dtick: small ? 4 : 1 }, updatemenus: [{ buttons: menu, x: 0, xanchor: "left", y: 1.2 }] },
{ displaylogo: false, displayModeBar: false, responsive: true, locale: "zh-CN" });
})();
