// What pages do by themselves beyond htmx: charts, copying, pausing, and saying when the server is away.
"use strict";

const MOST_ROWS = 200;

const FIRST_LOOK = 400; // pixels below the window in which charts are drawn before they are scrolled to

// Charts are drawn when they come near, one after the other, so that the page can be used meanwhile.
const waiting = [];
const views = new Map(); // the charts that are drawn, by the element that holds them; null while it is at work
const nearing = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    nearing.unobserve(target);
    waiting.push(target);
  }
  drawWaiting();
}, { rootMargin: `${FIRST_LOOK}px` });

function drawCharts() {
  if (!window.vegaEmbed) return;
  for (const [holder, view] of views) {
    if (holder.isConnected) continue;
    view?.finalize();
    views.delete(holder);
  }
  for (const holder of document.querySelectorAll(".chart[data-specification]")) {
    if (views.has(holder)) continue;
    views.set(holder, null);
    nearing.observe(holder);
  }
}

let isDrawing = false;

async function drawWaiting() {
  if (isDrawing) return;
  isDrawing = true;
  while (waiting.length) {
    const holder = waiting.shift();
    if (holder.isConnected) await drawChart(holder).catch((error) => console.error(error));
    await new Promise((resolve) => { setTimeout(resolve); });
  }
  isDrawing = false;
}

async function drawChart(holder) {
  const specification = JSON.parse(document.getElementById(holder.dataset.specification).textContent);
  specification.config = withPageColours(specification.config, holder.clientWidth);
  views.get(holder)?.finalize();
  const chart = await window.vegaEmbed(holder, specification, {
    actions: false,
    renderer: "svg",
    ast: true, // expressions are interpreted: the page's security policy lets no text become code
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    loader: { baseURL: holder.dataset.files },
  });
  views.set(holder, chart);
  if (!holder.dataset.people) return;
  // A mark that stands for people leads to them, as the same number in the table does.
  chart.view.addEventListener("pointermove", (_, item) => { holder.style.cursor = item?.datum?.point ? "pointer" : ""; });
  chart.view.addEventListener("click", (_, item) => {
    if (item?.datum?.point) window.location = `${holder.dataset.people}&${item.datum.point}`;
  });
}

function redrawCharts() {
  for (const [holder, view] of views) {
    if (view) waiting.push(holder);
  }
  drawWaiting();
}

function withPageColours(config, width) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const columns = Math.max(1, Math.min(config.legend.columns, Math.floor(width / 170)));
  return {
    ...config,
    range: { ...config.range, category: config.range.category.map((_, index) => colour(`--chart-${index + 1}`)) },
    axis: { ...config.axis, labelColor: colour("--muted") },
    axisY: { ...config.axisY, gridColor: colour("--line") },
    axisX: { ...config.axisX, domainColor: colour("--line") },
    legend: {
      ...config.legend,
      labelColor: colour("--ink"),
      columns,
      labelLimit: Math.min(config.legend.labelLimit, Math.floor(width / columns) - 40),
    },
    text: { ...config.text, color: colour("--ink") },
  };
}

let noticeTimer;

function notify(text) {
  const notice = document.getElementById("notice");
  // Beside an open dialog nothing is read out.
  (document.querySelector("dialog:modal") ?? document.body).append(notice);
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.hidden = true; }, 3000);
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages that do not come by https have no clipboard; an invisible field does the same.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}

function isPaused() {
  return document.getElementById("pause")?.getAttribute("aria-pressed") === "true" || document.hidden;
}

// Rows that were there before the new ones: an event may be sent again while it is being shown.
function tidyRows(list) {
  const seen = new Set();
  for (const row of [...list.children]) {
    if (seen.has(row.id)) row.remove();
    seen.add(row.id);
  }
  while (list.children.length > MOST_ROWS) list.lastElementChild.remove();
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try {
      const source = document.getElementById(copy.dataset.copy);
      await copyText(source.value ?? source.textContent);
      copy.classList.add("copied");
      notify("Copied");
      setTimeout(() => copy.classList.remove("copied"), 1500);
    } catch {
      notify("Could not copy: select the text and copy it by hand");
    }
    return;
  }
  const pause = event.target.closest("#pause");
  if (pause) pause.setAttribute("aria-pressed", String(pause.getAttribute("aria-pressed") !== "true"));
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Values to choose from are fetched when somebody comes to write one.
document.addEventListener("focusin", async (event) => {
  const field = event.target;
  if (field.dataset?.values === undefined) return;
  const about = field.dataset.values + (document.getElementById(field.dataset.valuesOf)?.value ?? "");
  if (!about || field.list.dataset.about === about) return;
  field.list.dataset.about = about;
  field.list.replaceChildren();
  const address = new URL(field.closest("[data-values-at]").dataset.valuesAt, window.location);
  address.searchParams.set("property", about);
  const response = await fetch(address).catch(() => null); // without suggestions any value can still be written
  if (response?.ok) field.list.innerHTML = await response.text();
});

// The enter key in a field of the editor would both change the field and send the form: once is enough.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("#question input:not([type=checkbox]), .filter-bar input")) return;
  event.preventDefault();
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "poller" && isPaused()) event.preventDefault();
});
// What was unfolded stays so when its part of the page is put in anew.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", () => {
  unfolded = [...document.querySelectorAll("details[id][open]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", (event) => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  if (event.target.id === "rows") tidyRows(event.target);
});
document.addEventListener("htmx:afterSettle", drawCharts);

// What somebody writes while a request is on its way is theirs: the answer to what was asked before leaves it alone.
const sentValues = new WeakMap();
let written = [];

function fieldsIn(part) {
  return [...part.querySelectorAll("input[id]:not([type=checkbox], [type=radio], [type=hidden]), textarea[id]")];
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  sentValues.set(detail.xhr, new Map(fieldsIn(document).map((field) => [field.id, field.value])));
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const sent = sentValues.get(detail.xhr) ?? new Map();
  written = fieldsIn(detail.target)
    .filter((field) => sent.has(field.id) && sent.get(field.id) !== field.value)
    .map(({ id, value, selectionStart, selectionEnd }) => ({ id, value, selectionStart, selectionEnd }));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const { id, value, selectionStart, selectionEnd } of written) {
    const field = document.getElementById(id);
    if (!field) continue;
    field.value = value;
    if (selectionStart !== null && field === document.activeElement) field.setSelectionRange(selectionStart, selectionEnd);
    tellWhenLeft(field);
  }
  written = [];
});

// A browser tells of a change only what was typed into the field itself.
function tellWhenLeft(field) {
  const stop = new AbortController();
  field.addEventListener("change", () => stop.abort(), { signal: stop.signal });
  field.addEventListener("blur", () => {
    stop.abort();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }, { signal: stop.signal });
}
document.addEventListener("htmx:sendError", () => notify("The server cannot be reached. Trying again…"));
document.addEventListener("htmx:responseError", () => notify("The server could not answer. Trying again…"));

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawCharts);
document.addEventListener("DOMContentLoaded", drawCharts);
// On a phone the sections, and the tabs of a page, lie side by side: the one shown must be among those that can be seen.
// (`scrollIntoView` would also make the tab key go on from there.)
document.addEventListener("DOMContentLoaded", () => {
  for (const row of document.querySelectorAll(".sections, .kinds")) {
    const shown = row.querySelector("[aria-current]");
    if (shown) row.scrollLeft = shown.offsetLeft + shown.offsetWidth - row.clientWidth;
  }
});
