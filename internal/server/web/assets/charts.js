// Draws what stands in data-chart. The table below each chart says the same.
"use strict";
(() => {
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => ["--accent", "--important", "--low", "--scope", "--critical", "--moderate", "--none", "--warn", "--good", "--bad"].map(color);
  const dashes = ["solid", "dashed", "dotted"];
  const draw = (el) => {
    const data = JSON.parse(el.dataset.chart), ink = color("--ink"), soft = color("--soft"), line = color("--line");
    el.classList.add("drawn");
    const chart = echarts.getInstanceByDom(el) || echarts.init(el, null, { renderer: "canvas" });
    chart.setOption({
      animation: false, color: palette(), textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      aria: { enabled: true, decal: { show: data.kind === "stack" } }, grid: { left: 48, right: 16, top: data.series.length > 1 ? 64 : 32, bottom: 32 },
      legend: { show: data.series.length > 1, type: "scroll", textStyle: { color: ink }, top: 0 },
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: color("--paper"), borderColor: line, textStyle: { color: ink } },
      xAxis: { type: "category", data: data.labels, axisLine: { lineStyle: { color: line } }, axisLabel: { color: soft } },
      yAxis: { type: "value", name: data.unit, nameTextStyle: { color: soft }, splitLine: { lineStyle: { color: line } }, axisLabel: { color: soft } },
      series: data.series.map((s, i) => ({
        name: s.name, data: s.data, type: data.kind === "line" ? "line" : "bar", stack: data.kind === "stack" ? "all" : undefined, itemStyle: s.tint ? { color: color("--" + s.tint) } : undefined,
        connectNulls: true, symbolSize: 6, lineStyle: { type: dashes[i % 2], width: 2 }, barMaxWidth: 28,
      })),
    }, true);
    return chart;
  };
  const all = () => [...document.querySelectorAll("[data-chart]")].map(draw);
  const charts = all();
  addEventListener("resize", () => charts.forEach((c) => c.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
