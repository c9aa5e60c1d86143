/**
 * A small chart of the last hour: one uPlot in a box that fits its place, read out above it.
 * It refuses to fetch anything. Invariant: the cursor of all charts on a page stands at the same moment.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { unknownText } from "./figure_text.ts";
import type { ChartData, ChartSet } from "./history.ts";
import { useStore } from "./store.ts";
import { colourChanges } from "./theme.ts";

const heightPx = 108;

/** The data as uPlot wants it. */
function columns(times: readonly number[], chart: ChartData): uPlot.AlignedData {
  return [[...times], ...chart.lines.map((line) => [...line.values])] as uPlot.AlignedData;
}

/** A colour of the stylesheet as the painter needs it: with light and dark decided. */
function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A colour of the stylesheet as the painter takes it, at the opacity of an area. */
function faint(strong: string): string {
  return `color-mix(in srgb, ${strong} 14%, transparent)`;
}

/** The axis begins at zero: a flat line must not look like a mountain range. */
function range(_: uPlot, __: number | null, largest: number | null): uPlot.Range.MinMax {
  return [0, Math.max(largest ?? 0, 1e-9) * 1.12];
}

/** The axis is the last hour even when less is known: a short line must not look like a long one. */
function lastHour(_: uPlot, __: number | null, latest: number | null): uPlot.Range.MinMax {
  const end = latest ?? 0;
  return [end - 3600, end];
}

function options(chart: ChartData, width: number, onIndex: (index: number | null) => void) {
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = {
    stroke: colour("--quiet"),
    font: "11px system-ui, sans-serif",
    ticks: { show: false },
  };
  return {
    width,
    height: heightPx,
    padding: [6, 14, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "hour" }, points: { size: 5 } },
    scales: { x: { time: true, range: lastHour }, y: { range } },
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 70, values: clockTexts },
      {
        ...axis,
        grid,
        size: 46,
        space: 28,
        values: (_, ticks) => ticks.map(chart.axisText),
      },
    ],
    series: [
      {},
      ...chart.lines.map((line, index): uPlot.Series => {
        const stroke = colour(`--chart-${line.colour}`);
        const points = { show: false };
        const shared = { label: line.label, stroke, width: 1.5, spanGaps: false, points };
        return index === 0 ? { ...shared, fill: faint(stroke) } : shared;
      }),
    ],
    hooks: { setCursor: [(plot) => onIndex(plot.cursor.idx ?? null)] },
  } satisfies uPlot.Options;
}

function clockTexts(_: uPlot, seconds: number[]): string[] {
  return seconds.map((second) => {
    const date = new Date(second * 1000);
    const minutes = String(date.getMinutes()).padStart(2, "0");
    return `${String(date.getHours()).padStart(2, "0")}:${minutes}`;
  });
}

/** What the chart says at a point, or at its end while nobody points. */
function ReadOut({ chart, index }: { readonly chart: ChartData; readonly index: number | null }) {
  return (
    <span class="read-out">
      {chart.lines.map((line) => (
        <span key={line.label} class={`key-${line.colour}`}>
          {chart.lines.length > 1 && <i>{line.label}</i>}
          <b>{chart.text(index === null ? line.values.at(-1) : line.values[index])}</b>
        </span>
      ))}
    </span>
  );
}

function Chart({ times, chart }: { readonly times: readonly number[]; readonly chart: ChartData }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [index, setIndex] = useState<number | null>(null);
  const colours = useStore(colourChanges);
  useEffect(() => {
    const place = box.current!;
    const made = new uPlot(
      options(chart, Math.max(place.clientWidth, 120), setIndex),
      columns(times, chart),
      place,
    );
    plot.current = made;
    const watch = new ResizeObserver(() =>
      made.setSize({ width: Math.max(place.clientWidth, 120), height: heightPx })
    );
    watch.observe(place);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [chart.title, chart.lines.length, colours]);
  useEffect(() => plot.current?.setData(columns(times, chart)), [times, chart]);
  const isEmpty = chart.lines.every((line) => line.values.every((value) => value === null));
  return (
    <figure class="chart">
      <figcaption>
        <span>{chart.title}</span>
        <ReadOut chart={chart} index={index} />
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={describe(chart)} />
      {isEmpty && <p class="no-data">nothing measured yet</p>}
    </figure>
  );
}

/** The chart in words, for who does not see it. */
function describe(chart: ChartData): string {
  const lines = chart.lines.map((line) => {
    const last = line.values.at(-1);
    return `${line.label} ${last === undefined ? unknownText : chart.text(last)}`;
  });
  return `${chart.title}, now: ${lines.join(", ")}`;
}

/** A row of charts over one axis of time. */
export function Charts({ set }: { readonly set: ChartSet }) {
  return (
    <div class="charts">
      {set.charts.map((chart) => <Chart key={chart.title} times={set.times} chart={chart} />)}
    </div>
  );
}
